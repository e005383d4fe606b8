//! Whom somebody wants to invite: addresses pasted into a field, or rows of a CSV file.

use std::collections::HashMap;

use domain::invitation::Row;
use entity::{invitation::InvitableRole, language::Language};
use uuid::Uuid;
use worker::catalogue::Key;

/// A person to invite, and what cannot be understood of the row.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) row: Row,
    pub(super) problem: Option<Key>,
}

/// The addresses of a text, between spaces, commas, semicolons and line ends; each as `like`. What is no address is a row
/// too, so that nobody is left out unseen.
pub(super) fn pasted(text: &str, like: &Row) -> Vec<Typed> {
    let mut quoted = false;
    let pieces = text.split(|c: char| {
        // As mail programs copy them: "Smith, Bob" <bob@example.com>.
        quoted = c != '\n' && (quoted != (c == '"'));
        !quoted && matches!(c, ',' | ';' | '\n')
    });
    pieces.flat_map(addresses).map(|email| Typed { row: Row { email, ..like.clone() }, problem: None }).collect()
}

/// The addresses of a piece, and the words that are neither one nor the name before <one>.
fn addresses(piece: &str) -> Vec<String> {
    let (mut found, mut words) = (Vec::new(), Vec::new());
    for word in piece.split_whitespace() {
        if !word.contains('@') {
            words.push(word);
            continue;
        }
        if !word.starts_with('<') && !words.is_empty() {
            found.push(words.join(" "));
        }
        words.clear();
        found.push(word.trim_matches(['<', '>', '"', '(', ')']).to_owned());
    }
    if !words.is_empty() {
        found.push(words.join(" "));
    }
    found
}

/// The rows of a CSV file with the columns email, role, locations (names between `|`), message and language (its tag), in any order when its
/// first line names them; what a row leaves out is as in `like`. `locations` are those of the workspace, by their names.
pub(super) fn from_csv(bytes: &[u8], like: &Row, locations: &HashMap<String, Uuid>) -> Result<Vec<Typed>, csv::Error> {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    // Spreadsheets of many countries write semicolons.
    let delimiter = if count(b';') > count(b',') { b';' } else { b',' };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let headers = records.first().filter(|first| Columns::are_named_by(first));
    let columns = Columns::new(headers);
    let rows = records.iter().skip(usize::from(headers.is_some()));
    Ok(rows
        .filter(|record| record.iter().any(|cell| !cell.is_empty()))
        .map(|record| columns.read(record, like, locations))
        .collect())
}

/// What the column of the address is called.
const EMAIL: &[&str] = &["email", "e-mail", "address"];

/// Which column holds what.
struct Columns {
    email: Option<usize>,
    role: Option<usize>,
    locations: Option<usize>,
    message: Option<usize>,
    language: Option<usize>,
}

impl Columns {
    fn new(headers: Option<&csv::StringRecord>) -> Self {
        let Some(headers) = headers else {
            return Self { email: Some(0), role: Some(1), locations: Some(2), message: Some(3), language: Some(4) };
        };
        let named = |names: &[&str]| headers.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()));
        Self {
            email: named(EMAIL),
            role: named(&["role"]),
            locations: named(&["locations", "location"]),
            message: named(&["message"]),
            language: named(&["language"]),
        }
    }

    /// Whether this line names columns: without that of the address it is somebody's row.
    fn are_named_by(line: &csv::StringRecord) -> bool {
        line.iter().any(|cell| EMAIL.contains(&cell.to_lowercase().as_str()))
    }

    fn read(&self, record: &csv::StringRecord, like: &Row, locations: &HashMap<String, Uuid>) -> Typed {
        let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).filter(|cell| !cell.is_empty());
        let mut problem = None;
        let mut row = Row { email: cell(self.email).unwrap_or_default().to_owned(), ..like.clone() };
        match cell(self.role).map(str::to_lowercase).as_deref() {
            None => {}
            Some("user") => row.role = InvitableRole::User,
            Some("administrator" | "admin") => {
                row.role = InvitableRole::Administrator;
                row.location_ids.clear();
            }
            Some(_) => problem = Some(Key("send-unknown-role")),
        }
        if let Some(names) = cell(self.locations) {
            let ids = names.split('|').map(|name| locations.get(&domain::text::key(name.trim())).copied());
            match ids.collect::<Option<Vec<Uuid>>>() {
                Some(ids) => row.location_ids = ids,
                None => problem = Some(Key("error-location-not-found")),
            }
        }
        if let Some(tag) = cell(self.language) {
            match Language::from_tag(&tag.to_lowercase()) {
                Some(language) => row.language = Some(language),
                None => problem = Some(Key("send-unknown-language")),
            }
        }
        row.message = cell(self.message).map(str::to_owned).or(row.message);
        Typed { row, problem }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvitableRole, Language, Row, Uuid, from_csv, pasted};

    fn like() -> Row {
        Row {
            email: String::new(),
            role: InvitableRole::User,
            location_ids: Vec::new(),
            message: Some("Hi".to_owned()),
            language: None,
        }
    }

    #[test]
    fn addresses_are_found_between_whatever_stands_between_them() {
        let text = "bob@example.com, Carol <carol@example.com>;\n dave@example.com\n\"Smith, Eve\" <eve@example.com>";
        assert_eq!(emails(text), ["bob@example.com", "carol@example.com", "dave@example.com", "eve@example.com"]);
    }

    #[test]
    fn what_is_no_address_is_left_out_nowhere() {
        assert_eq!(emails("bob@example.com, carol.example.com"), ["bob@example.com", "carol.example.com"]);
        assert_eq!(emails("carol.example.com bob@example.com"), ["carol.example.com", "bob@example.com"]);
        assert_eq!(emails("bob@example.com Carol Smith"), ["bob@example.com", "Carol Smith"]);
        assert_eq!(emails("\"Bob\ncarol@example.com, dave"), ["\"Bob", "carol@example.com", "dave"]);
        assert!(emails(" ,;\n").is_empty());
    }

    fn emails(text: &str) -> Vec<String> {
        pasted(text, &like()).into_iter().map(|typed| typed.row.email).collect()
    }

    #[test]
    fn columns_go_by_their_names_and_missing_cells_by_the_form() {
        let riga = Uuid::from_u128(1);
        let locations = [("riga".to_owned(), riga)].into();
        let file = "\u{FEFF}Role;E-mail;Locations;Message\nuser;bob@example.com;Riga;\"Hello;\nBob\"\n;carol@example.com\n\
                    admin;dave@example.com\nking;eve@example.com\nuser;mallory@example.com;Nowhere\n";
        let typed = from_csv(file.as_bytes(), &like(), &locations).expect("a CSV file");
        assert_eq!(typed[0].row.location_ids, [riga]);
        assert_eq!(typed[0].row.message.as_deref(), Some("Hello;\nBob"));
        assert_eq!((typed[1].row.email.as_str(), typed[1].row.message.as_deref()), ("carol@example.com", Some("Hi")));
        assert_eq!(typed[2].row.role, InvitableRole::Administrator);
        assert!(typed[..3].iter().all(|typed| typed.problem.is_none()));
        assert!(typed[3..].iter().all(|typed| typed.problem.is_some()) && typed.len() == 5);
    }

    #[test]
    fn a_language_goes_by_its_tag() {
        let like = Row { language: Some(Language::Lv), ..like() };
        let file = "email,language\nbob@example.com,EN\ncarol@example.com,\ndave@example.com,Latvian\n";
        let typed = from_csv(file.as_bytes(), &like, &[].into()).expect("a CSV file");
        let languages: Vec<Option<Language>> = typed.iter().map(|typed| typed.row.language).collect();
        assert_eq!(languages[..2], [Some(Language::En), Some(Language::Lv)]);
        assert!(typed[..2].iter().all(|typed| typed.problem.is_none()) && typed[2].problem.is_some());
    }

    #[test]
    fn a_first_row_that_is_no_address_is_not_taken_for_the_names_of_columns() {
        let typed = from_csv(b"carol.example.com\nbob@example.com\n", &like(), &[].into()).expect("a CSV file");
        let emails: Vec<&str> = typed.iter().map(|typed| typed.row.email.as_str()).collect();
        assert_eq!(emails, ["carol.example.com", "bob@example.com"]);
    }

    #[test]
    fn a_file_without_names_of_columns_begins_with_the_address() {
        let typed = from_csv(b"bob@example.com,administrator\n", &like(), &[].into()).expect("a CSV file");
        assert_eq!((typed[0].row.email.as_str(), typed[0].row.role), ("bob@example.com", InvitableRole::Administrator));
    }
}
