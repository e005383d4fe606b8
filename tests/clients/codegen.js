// graphql-codegen: generates types from schema.graphql and the operations of the clients; then TypeScript checks their use.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { generate } from "@graphql-codegen/cli";

await generate(
  {
    schema: "../../schema.graphql",
    documents: ["typed.ts", "operations.js"],
    silent: true,
    generates: { "node_modules/.codegen/": { preset: "client", config: { useTypeImports: true } } },
  },
  true,
);
assert(existsSync("node_modules/.codegen/graphql.ts"));
const flags = "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler";
execFileSync("node_modules/.bin/tsc", [...flags.split(" "), "typed.ts"], { stdio: "inherit" });
