//! Where a form leads on to, when its address says so: only to our own pages, so that nobody is led to another site.

use url::Url;

/// The path, with its query, if it is one of this site; browsers read more than one spelling as another site.
pub(super) fn own_path(next: &str) -> Option<&str> {
    let plain = next.starts_with('/') && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let base = Url::parse("http://usher.invalid/").ok()?;
    let joined = base.join(next).ok().filter(|joined| joined.origin() == base.origin());
    joined.filter(|_| plain).map(|_| next)
}
