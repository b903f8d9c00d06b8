//! stub
use crate::verifier::*;
use std::sync::Arc;
/// s
#[derive(Default)]
pub struct Reference;
impl Driver for Reference {
    fn describe(&self) -> Description {
        Description {
            contract: 1,
            name: "reference".into(),
            version: "0".into(),
            capabilities: Capabilities {
                keys: vec![],
                algorithms: vec![],
                providers: Number::Many,
                typ: true,
                required_claims: true,
            },
        }
    }
    fn configure(&self, _t: &crate::trust::Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Err(Unsupported(String::new()))
    }
}
