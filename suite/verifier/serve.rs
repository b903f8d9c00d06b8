//! stub until the real one lands
use super::Driver;
use std::sync::Arc;
/// s
pub struct Served;
impl Served {
    /// u
    pub fn url(&self) -> String {
        String::new()
    }
    /// w
    pub async fn wait(self) {}
}
/// s
pub async fn serve(_d: impl Driver) -> std::io::Result<Served> {
    Ok(Served)
}
/// s
pub async fn serve_on(_a: std::net::SocketAddr, _d: Arc<dyn Driver>) -> std::io::Result<Served> {
    Ok(Served)
}
