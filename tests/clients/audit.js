// Runs the audits of the GraphQL over HTTP specification, as graphql-http has them, against the URL given.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
const results = await auditServer({ url });
const failed = results.filter(({ status }) => status !== "ok");
for (const { id, name, status, reason } of failed) {
  console.error(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits pass`);
process.exitCode = failed.length === 0 ? 0 : 1;
