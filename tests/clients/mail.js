// Checks the HTML files of the folder given against what Gmail, Outlook and Apple Mail support, by the data of caniemail.com.
// The package asks for Node 22 in its manifest; 20.19, as its README says, is enough.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { caniemail } from "caniemail";

const CLIENTS = ["gmail.*", "outlook.*", "apple-mail.*"];
const WORD = ["outlook.windows", "outlook.windows-mail"];

// What is accepted, and why: that `without` do not support a feature, and that others do only in part. Whatever else is
// found fails, and so does what is accepted here in vain.
const ACCEPTED = [
  {
    features: ["@media", "<style> element"],
    without: [...WORD, "gmail.mobile-webmail"],
    why: "The style element holds the dark colours alone; all others are in the elements.",
  },
  {
    features: ["color-scheme meta tag"],
    without: ["apple-mail.ios", "gmail.android", "gmail.desktop-webmail", "gmail.ios", "gmail.mobile-webmail",
      "outlook.android", "outlook.ios", "outlook.macos", "outlook.outlook-com", ...WORD],
    why: "It says that there are dark colours; whoever does not read it shows the light ones, or dark ones of its own.",
  },
  { features: ["<body> element"], without: ["outlook.macos"], why: "A table around everything has its styles too." },
  { features: ["border-radius"], without: WORD, why: "The corners are square there." },
  { features: ["max-height property", "overflow"], without: WORD, why: "There mso-hide hides the preheader." },
  { features: ["role attribute"], without: ["outlook.windows-mail"], why: "Nobody sees it." },
  { features: ["word-break"], without: ["outlook.windows-mail"], why: "The link stands behind the button too." },
  { features: ["max-width"], without: [], why: "It is on a table, as Word needs it; on a phone nothing is wider." },
  { features: ["padding", "display"], without: [], why: "The button is small in Word; its colour is that of the cell." },
  {
    features: ["align attribute", "background", "border", "dir attribute", "font-size", "font-weight", "line-height",
      "margin", "text-decoration", "width attribute"],
    without: [],
    why: "Only values are used that work everywhere: px, bold, solid colours, one line at the left, no picture.",
  },
];

const [folder] = process.argv.slice(2);
const files = readdirSync(folder);
const found = { errors: new Map(), warnings: new Map() };
for (const file of files) {
  const { issues } = caniemail({ clients: CLIENTS, html: readFileSync(join(folder, file), "utf8") });
  for (const kind of ["errors", "warnings"]) {
    for (const [client, features] of issues[kind]) {
      for (const { title } of features) {
        const clients = found[kind].get(title) ?? new Map();
        found[kind].set(title, clients.set(client, file));
      }
    }
  }
}

const problems = [];
const accepted = new Map(ACCEPTED.flatMap(({ features, without }) => features.map((feature) => [feature, without])));
for (const [kind, word] of [["errors", "not supported"], ["warnings", "supported in part"]]) {
  for (const [feature, clients] of found[kind]) {
    for (const [client, file] of clients) {
      const without = accepted.get(feature);
      if (!(kind === "errors" ? without?.includes(client) : without)) {
        problems.push(`${file}: ${feature} is ${word} by ${client}`);
      }
    }
  }
}
for (const { features, without } of ACCEPTED) {
  for (const feature of features.filter((each) => !found.errors.has(each) && !found.warnings.has(each))) {
    problems.push(`${feature} is accepted, and no mail needs it`);
  }
  for (const client of without.filter((each) => !features.some((feature) => found.errors.get(feature)?.has(each)))) {
    problems.push(`${features.join(", ")}: accepted of ${client}, which supports it`);
  }
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exitCode = 1;
} else {
  console.log(`${files.length} mails hold`);
}
