// @ts-check
/** Shows `/api/openapi.json` as a page. Its words are English like the document itself. */
import { h, html } from "../shared/html.js";
import { render } from "../vendor/preact.js";

/**
 * @typedef {Record<string, any>} Schema
 * @typedef {{ method: string, path: string, facts: Record<string, any> }} Operation
 * @typedef {{ info: { title: string, version: string, description: string }, paths: Record<string, Record<string, any>>, components: { schemas: Record<string, Schema> } }} Description
 */

/** @param {{ api: Description }} props */
function Page({ api }) {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, facts]) => ({ method, path, facts })),
  );
  const groups = [...new Set(operations.map((one) => one.facts.tags[0]))];
  return html`<div class="docs">
    <nav aria-label="Contents">
      <p class="docs-title">${api.info.title} <span>${api.info.version}</span></p>
      ${groups.map((group) => html`<a key=${group} href=${`#${group}`}>${group}</a>`)}
      <a href="#schemas">schemas</a>
      <a href="/api/openapi.json">openapi.json</a>
    </nav>
    <main>
      <h1>${api.info.title} API</h1>
      <p class="lead">${api.info.description} Send a bearer token in <code>Authorization</code>, or use the session cookie with <code>X-CSRF-Token</code>.</p>
      ${groups.map(
        (group) => html`<section key=${group} id=${group}>
          <h2>${group}</h2>
          ${operations.filter((one) => one.facts.tags[0] === group).map((operation) => h(OperationCard, { key: `${operation.method} ${operation.path}`, operation }))}
        </section>`,
      )}
      <section id="schemas">
        <h2>schemas</h2>
        ${Object.entries(api.components.schemas).map(([name, schema]) => h(SchemaCard, { key: name, name, schema }))}
      </section>
    </main>
  </div>`;
}

/** @param {{ operation: Operation }} props */
function OperationCard({ operation }) {
  const { method, path, facts } = operation;
  const body = facts.requestBody?.content["application/json"].schema;
  return html`<details class="operation">
    <summary>
      <span class=${`method method-${method}`}>${method.toUpperCase()}</span><code>${path}</code>
      <span class="summary">${facts.summary}</span>
      <span class="roles">${facts["x-roles"].join(", ")}</span>
    </summary>
    ${facts.parameters.length > 0 &&
    html`<table>
      <caption>Parameters</caption>
      ${facts.parameters.map(/** @param {any} one */ (one) => html`<tr key=${one.name}><th><code>${one.name}</code></th><td>${one.in}${one.required ? ", required" : ""}</td><td>${typeName(one.schema)} ${one.description ?? ""}</td></tr>`)}
    </table>`}
    ${body && html`<p>Body: ${h(TypeLink, { schema: body })}</p>`}
    <table>
      <caption>Answers</caption>
      ${Object.entries(facts.responses).map(
        ([status, answer]) => html`<tr key=${status}><th>${status}</th><td>${answer.description}</td><td>${Object.entries(answer.content).map(([mime, content]) => html`<span key=${mime}>${content.schema.$ref ? h(TypeLink, { schema: content.schema }) : mime}</span>`)}</td></tr>`,
      )}
    </table>
  </details>`;
}

/** @param {{ name: string, schema: Schema }} props */
function SchemaCard({ name, schema }) {
  const required = new Set(schema.required ?? []);
  return html`<details class="operation" id=${`schema-${name}`} open>
    <summary><b>${name}</b><span class="summary">${schema.description ?? ""}</span></summary>
    <table>
      ${Object.entries(schema.properties ?? {}).map(
        ([field, facts]) => html`<tr key=${field}><th><code>${field}</code></th><td>${required.has(field) ? "required" : ""}</td><td>${h(TypeLink, { schema: facts })}</td></tr>`,
      )}
    </table>
  </details>`;
}

/** @param {{ schema: Schema }} props */
function TypeLink({ schema }) {
  const target = schema.$ref ?? schema.items?.$ref;
  if (!target) return html`<span>${typeName(schema)}</span>`;
  return html`<a href=${`#schema-${lastPart(target)}`}>${typeName(schema)}</a>`;
}

/** @param {Schema} schema @returns {string} */
function typeName(schema) {
  if (schema.$ref) return lastPart(schema.$ref);
  if (schema.enum) return schema.enum.map(/** @param {unknown} value */ (value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" | ");
  if (schema.type === "array") return `${typeName(schema.items ?? {})}[]`;
  return [schema.type ?? "any", schema.format].filter(Boolean).join(" ");
}

/** @param {string} reference */
function lastPart(reference) {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

const answer = await fetch("/api/openapi.json");
render(h(Page, { api: await answer.json() }), /** @type {HTMLElement} */ (document.getElementById("docs")));
