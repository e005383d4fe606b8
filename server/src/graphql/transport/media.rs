//! Media types: which of ours a client wants, by `Accept` with its weights (RFC 9110).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT};

use super::refusal::Refusal;

/// The media type of the specification; its answers may have other status codes than 200.
pub(super) const GRAPHQL: &str = "application/graphql-response+json";
/// The media type of older clients.
pub(super) const JSON: &str = "application/json";
/// Server-sent events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// What an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Graphql,
    Json,
    EventStream,
}

impl Media {
    /// In the order in which they are preferred when a client likes them alike and names none of them.
    const ALL: [Self; 3] = [Self::Json, Self::Graphql, Self::EventStream];

    fn name(self) -> &'static str {
        match self {
            Self::Graphql => GRAPHQL,
            Self::Json => JSON,
            Self::EventStream => EVENT_STREAM,
        }
    }

    /// The content type of an answer that is no event stream.
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
        })
    }

    /// The one that the client likes best; JSON when it does not say. Of those it likes alike, the one it names first.
    pub(super) fn accepted(headers: &HeaderMap) -> Result<Self, Refusal> {
        if !headers.contains_key(ACCEPT) {
            return Ok(Self::Json);
        }
        let ranges = Range::all(headers);
        let liked = Self::ALL.into_iter().filter_map(|media| Some((media, media.liked(&ranges)?)));
        // Of equals `max_by_key` would take the last.
        let best = liked.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map(|(media, _)| media).ok_or_else(|| {
            let message = format!("This endpoint answers with {GRAPHQL}, {JSON} or {EVENT_STREAM}.");
            Refusal::new(StatusCode::NOT_ACCEPTABLE, message)
        })
    }

    /// Whether a client takes it, whatever it likes better.
    pub(super) fn is_accepted(self, headers: &HeaderMap) -> bool {
        self.liked(&Range::all(headers)).is_some()
    }

    /// How much a client likes it, by the most specific of its ranges: the weight, and how early it is named.
    fn liked(self, ranges: &[Range]) -> Option<(u16, isize)> {
        let fits = |range: &&(usize, &Range)| range.1.fits(self.name());
        let ranges: Vec<(usize, &Range)> = ranges.iter().enumerate().collect();
        let (at, range) = ranges.iter().filter(fits).max_by_key(|(at, range)| (range.specific(), usize::MAX - at))?;
        // A range of all kinds names none: an event stream is for those who ask for one.
        let named = if range.specific() == 2 { -isize::try_from(*at).unwrap_or(isize::MAX) } else { isize::MIN };
        let wanted = range.weight > 0 && (self != Self::EventStream || range.specific() > 0);
        wanted.then_some((range.weight, named))
    }
}

/// One range of an `Accept` header.
struct Range {
    kind: String,
    subkind: String,
    /// In thousandths.
    weight: u16,
}

impl Range {
    fn all(headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).filter_map(Self::parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subkind) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = match weight {
            Some(weight) => weight.trim().parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?,
            None => 1.0,
        };
        // In range, as just checked.
        let weight = (weight * 1_000.0) as u16;
        Some(Self { kind: kind.to_ascii_lowercase(), subkind: subkind.to_ascii_lowercase(), weight })
    }

    fn fits(&self, name: &str) -> bool {
        let (kind, subkind) = name.split_once('/').unwrap_or_default();
        (self.kind == "*" || self.kind == kind) && (self.subkind == "*" || self.subkind == subkind)
    }

    fn specific(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subkind != "*")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT};

    use super::Media;

    fn accepted(accept: &str) -> Result<Media, Option<StatusCode>> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(accept).expect("a header"))]);
        Media::accepted(&headers).map_err(|refusal| refusal.status)
    }

    #[test]
    fn the_heaviest_is_taken_and_of_equals_the_first_named() {
        for (accept, media) in [
            ("application/json", Media::Json),
            ("application/graphql-response+json", Media::Graphql),
            ("APPLICATION/GRAPHQL-RESPONSE+JSON; charset=utf-8", Media::Graphql),
            ("text/event-stream", Media::EventStream),
            ("*/*", Media::Json),
            ("application/*", Media::Json),
            ("text/html, */*;q=0.1", Media::Json),
            ("application/graphql-response+json, application/json;q=0.9", Media::Graphql),
            ("application/json;q=0.9, application/graphql-response+json", Media::Graphql),
            ("application/json, application/graphql-response+json", Media::Json),
            ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", Media::Graphql),
            ("text/event-stream, multipart/mixed", Media::EventStream),
            ("text/event-stream, */*", Media::EventStream),
            ("*/*, application/graphql-response+json", Media::Graphql),
            ("application/json;q=0, */*", Media::Graphql),
            ("application/json;q=0.3, application/graphql-response+json; q=0.2, text/event-stream;q=0.1", Media::Json),
        ] {
            assert_eq!(accepted(accept), Ok(media), "{accept}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()).ok(), Some(Media::Json));
    }

    #[test]
    fn what_none_of_ours_fits_is_not_acceptable() {
        for accept in ["text/html", "application/json;q=0", "nonsense", "application/json;q=2", ""] {
            assert_eq!(accepted(accept), Err(Some(StatusCode::NOT_ACCEPTABLE)), "{accept}");
        }
    }
}
