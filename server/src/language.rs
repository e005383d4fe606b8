//! Which of Usher's languages a browser asks for.

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use entity::language::Language;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

/// The language that suits `Accept-Language` best; none when it names none of ours.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Language> {
    let wanted = wanted(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
    let ours: Vec<LanguageIdentifier> = Language::ALL.iter().filter_map(|ours| ours.tag().parse().ok()).collect();
    let found = negotiate_languages(&wanted, &ours, None, NegotiationStrategy::Lookup);
    Language::from_tag(found.first()?.language.as_str())
}

/// The languages of a header, the most wanted first; those refused with `q=0` are none of them.
fn wanted(header: &str) -> Vec<LanguageIdentifier> {
    let ranges = header.split(',').filter_map(|range| {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.trim().parse().ok());
        Some((tag.trim().parse().ok()?, quality.unwrap_or(1.0_f32)))
    });
    let mut ranges: Vec<(LanguageIdentifier, f32)> = ranges.filter(|(_, quality)| *quality > 0.0).collect();
    ranges.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranges.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE};
    use entity::language::Language;

    use super::accepted;

    #[test]
    fn the_most_wanted_language_of_ours_is_found() {
        let cases = [
            ("lv", Some(Language::Lv)),
            ("lv-LV,lv;q=0.9,en;q=0.8", Some(Language::Lv)),
            ("de-DE, de;q=0.9, en;q=0.2, lv;q=0.7", Some(Language::Lv)),
            ("en;q=0.5, lv;q=0", Some(Language::En)),
            ("en-GB", Some(Language::En)),
            ("de, fr;q=0.5", None),
            ("*", None),
            (";;,q=,=", None),
        ];
        for (header, expected) in cases {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(header))]);
            assert_eq!(accepted(&headers), expected, "{header}");
        }
        assert_eq!(accepted(&HeaderMap::new()), None);
    }
}
