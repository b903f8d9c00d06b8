#!/bin/bash -eu
# Builds every target with its seeds, dictionary and options into $OUT; for OSS-Fuzz and
# ClusterFuzzLite, which set SRC, OUT, SANITIZER and RUSTFLAGS, and for `check` beside this.
cd "$SRC/jwtspec"

case ${FUZZING_ENGINE:-libfuzzer} in
  libfuzzer) ;;
  *) echo "only libFuzzer is supported, not $FUZZING_ENGINE" >&2; exit 1 ;;
esac
case ${SANITIZER:-address} in
  address) flags=() ;;
  none) flags=(--sanitizer none) ;;
  coverage) flags=() ;; # the image's own cargo sees to the instrumentation
  *) echo "no sanitizer called $SANITIZER" >&2; exit 1 ;;
esac

# On a stable toolchain too: cargo-fuzz needs unstable flags only.
export RUSTC_BOOTSTRAP=1
cargo fuzz build -O --debug-assertions --features full ${flags[@]+"${flags[@]}"}
# RUSTFLAGS are those of the fuzz targets; they do not fit what runs on this machine.
RUSTFLAGS= cargo run --quiet -- seeds fuzz/corpus
binaries=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release

for target in $(cargo fuzz list); do
  case $target in empty | decode_header | planted_*) continue ;; esac
  cp "$binaries/$target" "$OUT/"
  seeds=()
  kind=${target%_edited} # the same input, mutated otherwise
  for folder in "fuzz/corpus/$kind" "fuzz/regressions/$kind"; do
    if [ -d "$folder" ]; then seeds+=("$folder"); fi
  done
  if [ ${#seeds[@]} -gt 0 ]; then
    python3 - "$OUT/${target}_seed_corpus.zip" "${seeds[@]}" <<'PYTHON'
import pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for folder in sys.argv[2:]:
        for file in sorted(pathlib.Path(folder).iterdir()):
            archive.write(file, f"{pathlib.Path(folder).parent.name}-{file.name}")
PYTHON
  fi
  if [ -f "fuzz/dictionaries/$kind.dict" ]; then cp "fuzz/dictionaries/$kind.dict" "$OUT/$target.dict"; fi
  printf '[libfuzzer]\nmax_len = 4096\ntimeout = 10\nrss_limit_mb = 2560\n' >"$OUT/$target.options"
done
