// What becomes of the receiver's answers: the events that they are published as.
import { Fieldset, Stack, Switch } from "@mantine/core";
import { ObjectOrTextEditor } from "./data-fields";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { defaultTopic } from "./settings-model";
import { TemplateInput } from "./template-input";
import { FieldWarning } from "./warning-parts";

export function ResponseFields() {
  const { form, readOnly } = useFields();
  const { draft, set } = form;
  return (
    <Fieldset legend="Webhook responses" variant="unstyled" className={classes.group}>
      <Stack gap="md">
        <TopicField label="Response topic" field="responseTopic" />
        <TopicField label="Error topic" field="errorResponseTopic" />
        <ObjectOrTextEditor
          label="Response template"
          description="Makes the response event's data of an answer that is JSON. Empty: the answer as it came."
          field="responseTemplate"
          value={draft.responseTemplate}
          onChange={(responseTemplate) => set({ responseTemplate })}
        />
        <Switch
          label="Unchunked"
          description="The whole answer in one event, instead of parts of 512 bytes."
          checked={draft.unchunked}
          onChange={(event) => set({ unchunked: event.currentTarget.checked })}
          disabled={readOnly}
        />
        <Switch
          label="Encode as data URL"
          description="For answers that are no text: data:<type>;base64,…"
          checked={draft.dataUrlResponseEvent}
          onChange={(event) => set({ dataUrlResponseEvent: event.currentTarget.checked })}
          disabled={readOnly}
        />
        {["unchunked", "dataUrlResponseEvent"].map((field) => (
          <FieldWarning key={field} field={field} />
        ))}
      </Stack>
    </Fieldset>
  );
}

// An empty field is the default topic; that no event is made at all is a choice of its own.
function TopicField({ label, field }: { label: string; field: "responseTopic" | "errorResponseTopic" }) {
  const { form, readOnly } = useFields();
  const value = form.draft[field];
  return (
    <Stack gap={6}>
      <TemplateInput
        label={label}
        field={field}
        what={label.toLowerCase()}
        placeholder={value === "" ? "No event is made" : defaultTopic(field, form.scope)}
        value={value ?? ""}
        onChange={(text) => form.set({ [field]: text === "" ? null : text })}
      />
      <Switch
        size="xs"
        label="Make no such event"
        aria-label={`${label}: make no such event`}
        checked={value === ""}
        onChange={(event) => form.set({ [field]: event.currentTarget.checked ? "" : null })}
        disabled={readOnly}
      />
    </Stack>
  );
}
