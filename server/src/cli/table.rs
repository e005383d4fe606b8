//! Tables on standard output, for people.

/// Lines of columns, each as wide as its widest text; the last is as long as it likes.
pub(super) fn render<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let lines: Vec<[String; N]> = [header.map(str::to_owned)].into_iter().chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |texts: &[String; N]| {
        let padded: Vec<String> = texts.iter().zip(widths).map(|(text, width)| format!("{text:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["1", "ā long one"], ["200", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(render(["ID", "TEXT"], rows.into_iter()), "ID   TEXT\n1    ā long one\n200");
    }
}
