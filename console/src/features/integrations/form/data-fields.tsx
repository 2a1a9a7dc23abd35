// What the request carries, by its format: JSON, form fields, a body of one's own, and the default data.
import { Checkbox, Group, Input, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { parseJson } from "../../../lib/json-text";
import { CodeEditor, type EditorFinding } from "../../../ui/code-editor";
import { scanTemplate } from "../../../ui/template-scan";
import { useFields } from "./form-state";
import { PairsField } from "./pairs-field";
import { kNoJsonYet } from "./settings-check";
import { isObjectText, kDefaultDataJson, type ObjectOrText } from "./settings-model";

export function DataFields() {
  const { form, readOnly } = useFields();
  const { draft, set } = form;
  const isGet = draft.requestType === "GET";
  return (
    <Stack gap="md">
      {isGet && draft.format !== "default" && (
        <Text size="xs" c="dimmed">
          {draft.format === "form"
            ? "A GET request has no body: the form fields go into the query."
            : "A GET request has no body, so this is not sent."}
        </Text>
      )}
      {draft.format === "json" && <JsonData />}
      {draft.format === "form" && (
        <PairsField
          legend="Form fields"
          one="Field"
          field="form"
          pairs={draft.form}
          onChange={(pairs) => set({ form: pairs })}
          description="Sent urlencoded, in this order. Names and values may be templates."
        />
      )}
      {draft.format === "body" && <BodyData />}
      {(draft.format !== "body" || isGet) && (
        <Switch
          label="Add the default data"
          description={`event, data, published_at and coreid${isGet ? ", in the query" : ""}. Your own fields of the same name win.`}
          checked={!draft.noDefaults}
          onChange={(event) => set({ noDefaults: !event.currentTarget.checked })}
          disabled={readOnly}
          data-field="noDefaults"
        />
      )}
    </Stack>
  );
}

function isDefaultJson(json: ObjectOrText): boolean {
  return !json.asText && json.text.replace(/\s/g, "") === "{}";
}

function JsonData() {
  const { form, readOnly } = useFields();
  const { draft, set } = form;
  const custom = !isDefaultJson(draft.json);
  const choose = (value: string) => {
    if (value === "Default") set({ json: { text: "{}", asText: false }, noDefaults: false });
    else set({ json: { text: kDefaultDataJson, asText: false }, noDefaults: true });
  };
  return (
    <Stack gap={6}>
      <Input.Wrapper label="JSON data" labelElement="div">
        <Group gap="sm">
          <SegmentedControl
            aria-label="JSON data"
            size="xs"
            data={["Default", "Custom"]}
            value={custom ? "Custom" : "Default"}
            onChange={choose}
            disabled={readOnly}
          />
          {!custom && (
            <Text size="xs" c="dimmed">
              {draft.noDefaults ? "An empty object." : "The default data, as one JSON object."}
            </Text>
          )}
        </Group>
      </Input.Wrapper>
      {custom && (
        <ObjectOrTextEditor
          label="Custom JSON data"
          hideLabel
          field="json"
          value={draft.json}
          onChange={(json) => set({ json })}
        />
      )}
    </Stack>
  );
}

function BodyData() {
  const { form, readOnly, names, error, warning } = useFields();
  return (
    <CodeEditor
      label="Custom body"
      description="Sent as it is, after rendering. Set its Content-Type among the headers; default data is not added."
      language="text"
      template
      names={names}
      field="body"
      value={form.draft.body}
      onChange={(body) => form.set({ body })}
      error={error("body")}
      warning={warning("body")}
      readOnly={readOnly}
      minLines={5}
    />
  );
}

// Errors in tags; where the text is no JSON, that it is none yet.
export function templateFindings(text: string): EditorFinding[] {
  const found: EditorFinding[] = [];
  const { problem } = scanTemplate(text);
  if (problem !== null) found.push({ ...problem, severity: "error" });
  const parsed = text.trim() === "" ? null : parseJson(text);
  if (parsed !== null && !parsed.ok) {
    const message = `${kNoJsonYet} (${parsed.problem.message})`;
    found.push({ from: parsed.problem.from, to: parsed.problem.to, message, severity: "warning" });
  } else if (parsed?.ok) {
    found.push(...parsed.json.warnings.map((one): EditorFinding => ({ ...one, severity: "warning" })));
  }
  return found;
}

// An object whose texts are templates, or a text that becomes JSON when it is rendered.
export function ObjectOrTextEditor({
  label,
  hideLabel,
  field,
  value,
  onChange,
  description,
}: {
  label: string;
  hideLabel?: boolean;
  field: string;
  value: ObjectOrText;
  onChange: (value: ObjectOrText) => void;
  description?: string;
}) {
  const { readOnly, names, error, warning: warningOf } = useFields();
  const isObject = isObjectText(value.text);
  const warning =
    value.text.trim() === "" || isObject
      ? null
      : parseJson(value.text).ok
        ? "Kept as a text template: values are inserted as they are."
        : "No JSON before it is rendered: kept as a text template, and values are inserted as they are. See the preview for what it becomes.";
  return (
    <Stack gap={6}>
      <CodeEditor
        label={label}
        hideLabel={hideLabel}
        description={description}
        language="json"
        template
        names={names}
        check={templateFindings}
        field={field}
        value={value.text}
        onChange={(text) => onChange({ ...value, text })}
        error={error(field)}
        warning={[warning, warningOf(field)].filter(Boolean).join(" ") || null}
        readOnly={readOnly}
        minLines={5}
      />
      {isObject && (!readOnly || value.asText) && (
        <Checkbox
          size="xs"
          label="Keep as a text template"
          description="Otherwise it is an object: each value is escaped as JSON text, which is what you mostly want."
          checked={value.asText}
          onChange={(event) => onChange({ ...value, asText: event.currentTarget.checked })}
          disabled={readOnly}
        />
      )}
    </Stack>
  );
}
