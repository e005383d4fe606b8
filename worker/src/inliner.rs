//! The inliner: writes what style elements say into each element, for mail clients that read none; what is for dark colours
//! alone stays in a style element. That depends on a mail's tags and hardly ever on its words, and costs as much as all else
//! that is done for it: so it is done once for all mails that have the same tags, and their words are put in afterwards.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use css_inline::{CSSInliner, InlineError};
use lru::LruCache;

/// How many frames are kept: a mail has a few, by what it has to say.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// Stands before and after the number of a word in a frame; for private use, so that no language needs it.
const MARK: char = '\u{e000}';

/// Inlines styles.
#[derive(Clone, Debug)]
pub(crate) struct Inliner(Arc<Mutex<LruCache<String, Option<Arc<Frame>>>>>);

/// A document with its styles written into the elements, cut where its words were: what stands before each of them, and
/// which it is; and what stands after the last.
#[derive(Debug)]
struct Frame {
    before: Vec<(String, usize)>,
    end: String,
}

impl Inliner {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(KEPT))))
    }

    /// The document with its styles written into the elements.
    pub(crate) fn inline(&self, html: &str) -> Result<String, InlineError> {
        // A selector can ask for an address, and a word of somebody's own could be taken for a number.
        if html.contains("[href") || html.contains(MARK) {
            return inlined(html);
        }
        let (frame, words) = taken_out(html);
        let kept = self.lock().get(&frame).cloned();
        let kept = match kept {
            Some(kept) => kept,
            None => {
                let made = Frame::cut(&inlined(&frame)?, words.len()).map(Arc::new);
                self.lock().put(frame, made.clone());
                made
            }
        };
        kept.map_or_else(|| inlined(html), |frame| Ok(frame.filled(&words)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<String, Option<Arc<Frame>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Frame {
    /// Cuts a document at the numbers of its words; none unless each of so many is there once.
    fn cut(html: &str, words: usize) -> Option<Self> {
        let mut parts = html.split(MARK);
        let mut last = parts.next()?;
        let mut before = Vec::with_capacity(words);
        while let Some(number) = parts.next() {
            before.push((last.to_owned(), number.parse().ok()?));
            last = parts.next()?;
        }
        let mut found: Vec<usize> = before.iter().map(|(_, number)| *number).collect();
        found.sort_unstable();
        (found.into_iter().eq(0..words)).then(|| Self { before, end: last.to_owned() })
    }

    fn filled(&self, words: &[&str]) -> String {
        let mut html = String::new();
        for (before, number) in &self.before {
            html.push_str(before);
            html.push_str(words.get(*number).copied().unwrap_or_default());
        }
        html + &self.end
    }
}

/// The document with the numbers of its words in their places, and the words: texts, as they are escaped, and addresses that
/// links lead to.
fn taken_out(html: &str) -> (String, Vec<&str>) {
    let (mut frame, mut words) = (String::with_capacity(html.len()), Vec::new());
    let mut take = |frame: &mut String, word| {
        frame.push_str(&format!("{MARK}{}{MARK}", words.len()));
        words.push(word);
    };
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        let (text, after) = rest.split_at(begin);
        text_to(&mut frame, text, &mut take);
        let (markup, after) = after.split_at(markup_length(after));
        match markup.split_once("href=\"").and_then(|(before, after)| Some((before, after.split_once('"')?))) {
            Some((before, (address, after))) if is_tag(markup) => {
                frame.push_str(before);
                frame.push_str("href=\"");
                take(&mut frame, address);
                frame.push('"');
                frame.push_str(after);
            }
            _ => frame.push_str(markup),
        }
        rest = after;
    }
    text_to(&mut frame, rest, &mut take);
    (frame, words)
}

/// A text between tags, without the white space around it: whether there is any tells how a document is read.
fn text_to<'a>(frame: &mut String, text: &'a str, take: &mut impl FnMut(&mut String, &'a str)) {
    let word = text.trim_ascii();
    if word.is_empty() {
        frame.push_str(text);
        return;
    }
    let begin = text.len() - text.trim_ascii_start().len();
    frame.push_str(&text[..begin]);
    take(frame, word);
    frame.push_str(&text[begin + word.len()..]);
}

/// How long the tag, the comment, or the style with all that is in it is that a text begins with.
fn markup_length(text: &str) -> usize {
    let through = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    if text.starts_with("<!--") {
        return through("-->");
    }
    if text.starts_with("<style") {
        return through("</style>");
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn is_tag(markup: &str) -> bool {
    !(markup.starts_with("<!--") || markup.starts_with("<style"))
}

fn inlined(html: &str) -> Result<String, InlineError> {
    CSSInliner::options().keep_at_rules(true).load_remote_stylesheets(false).build().inline(html)
}

#[cfg(test)]
mod tests {
    use super::{Inliner, MARK, inlined, taken_out};

    const PAGE: &str = "<!DOCTYPE html><html><head><title>To Acme</title><style>p > a { color: red } td { width: 1px } \
                        @media (prefers-color-scheme: dark) { p { color: #fff !important } }</style></head>\n<body>\
                        <!-- <p>\"--><p title='5 > 4'>You &amp; I, <a class=\"button\" href=\"https://a.test/?b=1&amp;c\">JOIN</a> \
                        now</p> <table><tr><td>1</td><td> <b>é</b> </td></tr></table></body></html>";

    #[test]
    fn a_frame_filled_is_what_inlining_makes() {
        let inliner = Inliner::new();
        for words in [["To Acme", "JOIN", "é"], ["x", "PIEVIENOTIES", "<i>1</i>"], ["To Acme", "JOIN", "{0}"]] {
            let [title, join, cell] = words;
            let page = PAGE.replace("To Acme", title).replace("JOIN", join).replace('é', cell);
            let made = inliner.inline(&page).expect("a document");
            assert_eq!(made, inlined(&page).expect("a document"));
            assert!(made.contains("style=\"color: red;\"") && made.contains("@media"), "{made}");
        }
        // The second has other tags.
        assert_eq!(inliner.lock().len(), 2);
    }

    #[test]
    fn what_a_frame_cannot_tell_is_inlined_by_itself() {
        let inliner = Inliner::new();
        let by_address = PAGE.replace("p > a", "[href^=https]");
        let marked = PAGE.replace("JOIN", &format!("{MARK}0{MARK}"));
        // Written twice, or left out, by what reads it: nothing to fill in.
        let unread = "<p>a</p><noscript><p>b</p></noscript><select><p>c<option>d</select>";
        for page in [&by_address, &marked, unread] {
            assert_eq!(inliner.inline(page).expect("a document"), inlined(page).expect("a document"), "{page}");
        }
    }

    #[test]
    fn texts_and_addresses_are_taken_out_as_they_are_escaped() {
        let (frame, words) = taken_out(PAGE);
        assert_eq!(words, ["To Acme", "You &amp; I,", "https://a.test/?b=1&amp;c", "JOIN", "now", "1", "é"], "{frame}");
        assert!(frame.contains("<!-- <p>\"-->") && frame.contains("color: red"), "{frame}");
    }
}
