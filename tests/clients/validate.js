// Validates the HTML files of the folder given.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HtmlValidate, formatterFactory } from "html-validate";

const [folder] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => join(folder, name));
const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y"],
  // A button in a form sends it: that is HTML's own default.
  rules: { "no-implicit-button-type": "off" },
});
const report = await validator.validateMultipleFiles(files);
if (report.valid) {
  console.log(`${files.length} pages are valid`);
} else {
  console.error(formatterFactory("text")(report.results));
  process.exitCode = 1;
}
