// Lighthouse's figures of the pages people meet most: `cargo build --release && node tests/clients/lighthouse.js target/release/usher`.
// It starts the program on a folder of its own. Fails below 100 for accessibility and best practices, and 95 for performance.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const LIGHTHOUSE = "lighthouse@12.8.2";
const WANTED = { performance: 95, accessibility: 100, "best-practices": 100 };

const usher = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "usher-lighthouse-"));
const env = { ...process.env, USHER_LISTEN: "127.0.0.1:0", USHER_DATA_DIR: join(folder, "data") };
const [email, password] = ["alice@example.com", "the password of Alice"];
execFileSync(usher, ["user", "create", "--email", email, "--name", "Alice", "--password", password], { env });
const program = spawn(usher, ["up"], { env, cwd: folder });

const url = await new Promise((resolve) => {
  createInterface({ input: program.stdout }).on("line", (line) => {
    const address = /open (http:\S+)/.exec(line);
    if (address) resolve(address[1]);
  });
});

let token = "";
const ask = async (query) => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return (await answer.json()).data;
};

const mailed = async () => {
  for (;;) {
    const [mail] = await (await fetch(`${url}mail.json`)).json();
    if (mail) return mail.text.split("\n").find((line) => line.startsWith("http"));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const look = (page, headers) => {
  const options = ["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"];
  const only = `--only-categories=${Object.keys(WANTED).join(",")}`;
  const extra = `--extra-headers=${JSON.stringify(headers)}`;
  const json = execFileSync("npx", ["--yes", LIGHTHOUSE, page, ...options, only, extra], { maxBuffer: 1 << 28 });
  const { categories, audits } = JSON.parse(json);
  let good = true;
  const figures = Object.entries(WANTED).map(([name, wanted]) => {
    const score = Math.round(categories[name].score * 100);
    good &&= score >= wanted;
    return `${name} ${score}`;
  });
  const failed = Object.values(audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === "binary");
  console.log(`${new URL(page).pathname.split("/").slice(0, 2).join("/")}: ${figures.join(", ")}`);
  for (const { id, title } of failed) console.log(`  ${id}: ${title}`);
  return good;
};

try {
  token = (await ask(`mutation { login(input: { email: "${email}", password: "${password}" }) { token } }`)).login.token;
  const { workspace } = (await ask(`mutation { createWorkspace(input: { name: "Acme" }) { workspace { id } } }`)).createWorkspace;
  await ask(`mutation { sendInvitation(input: { workspaceId: "${workspace.id}", email: "bob@example.com" }) { invitation { id } } }`);
  const session = { Cookie: `usher_session=${token}` };
  const pages = [
    [await mailed(), {}],
    [`${url}login`, {}],
    [`${url}w/${workspace.id}/invitations`, session],
  ];
  const good = pages.map(([page, headers]) => look(page, headers));
  process.exitCode = good.every(Boolean) ? 0 : 1;
} finally {
  program.kill();
  rmSync(folder, { recursive: true, force: true });
}
