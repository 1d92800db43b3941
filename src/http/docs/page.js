// Renders /openapi.json for people. Everything from the document is set as text, never as markup.

/** Makes an element: attributes first, then children (elements or text). */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== undefined && child !== ""));
  return element;
}

/** Text with `code` and **bold**, one paragraph per blank line. */
function prose(text = "") {
  return text.split("\n\n").map((paragraph) => {
    const parts = paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*)/u);
    return el("p", {}, parts.map(inline));
  });
}

function inline(part) {
  if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
  if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
  return part;
}

class ApiPage {
  constructor(api) {
    this.api = api;
  }

  resolve(value) {
    if (!value?.$ref) return value;
    return value.$ref
      .slice(2)
      .split("/")
      .reduce((at, key) => at?.[key], this.api);
  }

  operations() {
    return Object.entries(this.api.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
    );
  }

  render() {
    const operations = this.operations();
    const tags = this.api.tags.map((tag) => ({
      ...tag,
      operations: operations.filter((operation) => operation.tags.includes(tag.name)),
    }));
    document
      .querySelector("#contents")
      .append(
        el("strong", {}, this.api.info.title),
        ...tags.flatMap((tag) => [
          el("h2", {}, tag.summary ?? tag.name),
          ...tag.operations.map((operation) =>
            el("a", { href: `#${operation.operationId}` }, operation.summary),
          ),
        ]),
        el("h2", {}, "Problems"),
        el("a", { href: "#problems" }, "All problem codes"),
      );
    document
      .querySelector("#main")
      .replaceChildren(this.intro(), ...tags.flatMap((tag) => this.tag(tag)), this.problems());
  }

  intro() {
    const files = ["/openapi.json", "/openapi.json?version=3.1"].map((href) => el("a", { href }, href));
    return el(
      "header",
      {},
      el("h1", {}, this.api.info.title),
      el(
        "p",
        { class: "quiet" },
        `Version ${this.api.info.version}. For tools: `,
        files[0],
        " (OpenAPI 3.2), ",
        files[1],
      ),
      prose(this.api.info.description),
    );
  }

  tag(tag) {
    return [
      el("h2", {}, tag.summary ?? tag.name),
      ...prose(tag.description),
      ...tag.operations.map((operation) => this.operation(operation)),
    ];
  }

  operation({ path, method, operationId, summary, description, parameters, requestBody, responses }) {
    return el(
      "section",
      { class: "operation", id: operationId },
      el("h3", {}, el("span", { class: `method ${method}` }, method), " ", el("code", {}, path)),
      el("p", {}, el("strong", {}, summary)),
      prose(description),
      this.parameters(parameters ?? []),
      requestBody ? this.body("Request body", requestBody.content, requestBody.required) : "",
      Object.entries(responses).map(([status, response]) => this.response(status, response)),
    );
  }

  parameters(parameters) {
    if (parameters.length === 0) return "";
    const rows = parameters
      .map((parameter) => this.resolve(parameter))
      .map(({ name, in: place, required, description, schema }) =>
        el(
          "tr",
          {},
          el("td", {}, el("code", {}, name), required ? " *" : ""),
          el("td", { class: "quiet" }, place),
          el("td", {}, this.typeOf(schema)),
          el("td", {}, description ?? ""),
        ),
      );
    return el(
      "details",
      {},
      el("summary", {}, `Path, query and headers (${rows.length}; * is required)`),
      el("table", {}, el("tbody", {}, rows)),
    );
  }

  body(title, content, required) {
    return Object.entries(content).map(([type, media]) =>
      el(
        "details",
        {},
        el("summary", {}, `${title} `, el("span", { class: "quiet" }, type + (required ? ", required" : ""))),
        media.example === undefined ? "" : el("pre", {}, this.show(media.example)),
        this.schema(media.schema),
      ),
    );
  }

  response(status, response) {
    const title = `${status} `;
    const text = el("span", { class: "quiet" }, response.description);
    if (!response.content) return el("p", {}, title, text);
    const media = Object.values(response.content)[0];
    return el(
      "details",
      {},
      el("summary", {}, title, text),
      media.example === undefined ? "" : el("pre", {}, this.show(media.example)),
      // Of a stream its items are described.
      this.schema(media.schema ?? media.itemSchema),
    );
  }

  show(example) {
    return typeof example === "string" ? example : JSON.stringify(example, null, 2);
  }

  /** A schema's members; what lies deeper is rendered when it is opened. */
  schema(given) {
    const schema = this.resolve(given) ?? {};
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices)
      return el(
        "ul",
        { class: "members" },
        choices.map((choice) => el("li", {}, this.nested(choice))),
      );
    if (schema.type === "array" && schema.items) return el("div", {}, "list of ", this.nested(schema.items));
    const members = Object.entries(schema.properties ?? {});
    if (members.length === 0)
      return el("p", { class: "quiet" }, this.typeOf(schema), " ", schema.description ?? "");
    return el(
      "ul",
      { class: "members" },
      members.map(([name, member]) => {
        const star = schema.required?.includes(name) ? " *" : "";
        const { description } = { ...this.resolve(member), ...member };
        return el(
          "li",
          {},
          el("code", {}, name),
          star,
          " ",
          this.nested(member),
          description ? el("span", { class: "quiet" }, ` ${description}`) : "",
        );
      }),
    );
  }

  nested(given) {
    const schema = this.resolve(given) ?? {};
    const isDeep =
      schema.properties ||
      schema.oneOf ||
      schema.anyOf ||
      (schema.type === "array" && this.isDeep(schema.items));
    if (!isDeep) return el("span", {}, this.typeOf(given));
    const details = el("details", {}, el("summary", {}, this.typeOf(given)));
    details.addEventListener("toggle", () => details.open && details.append(this.schema(given)), {
      once: true,
    });
    return details;
  }

  isDeep(given) {
    const schema = this.resolve(given) ?? {};
    return Boolean(schema.properties || schema.oneOf || schema.anyOf);
  }

  typeOf(given) {
    if (given?.$ref) return given.$ref.split("/").at(-1);
    if (!given) return "anything";
    if (given.enum) return given.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (given.type === "array") return `list of ${this.typeOf(given.items)}`;
    const choices = given.oneOf ?? given.anyOf;
    if (choices) return choices.map((choice) => this.typeOf(choice)).join(" | ");
    const type = [given.type ?? "anything"].flat().join(" | ");
    return given.format ? `${type} (${given.format})` : type;
  }

  problems() {
    const rows = this.api["x-problems"].map(({ code, status, title }) =>
      el(
        "tr",
        { id: `problem-${code}` },
        el("td", {}, String(status)),
        el("td", {}, el("code", {}, code)),
        el("td", {}, title),
      ),
    );
    return el(
      "section",
      { id: "problems" },
      el("h2", {}, "Problems"),
      el("table", {}, el("tbody", {}, rows)),
    );
  }
}

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  new ApiPage(await response.json()).render();
  // The anchors exist only now.
  if (location.hash) document.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.scrollIntoView();
} catch (error) {
  document.querySelector("#status").textContent =
    `The description could not be loaded: ${error.message}. It is at /openapi.json.`;
}
