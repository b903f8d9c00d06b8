//! josekit and jwt-simple, as parsers and verifiers for the fuzz targets.
