// What most webhooks can do without, folded away; what is set stands in one line.
import { Collapse, Fieldset, PasswordInput, Radio, Stack, Switch, Text, UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import { plural } from "../../../lib/format";
import { IconChevronRight } from "../../../ui/icons";
import classes from "./form.module.css";
import { memberOfField } from "./form-errors";
import { useFields } from "./form-state";
import { PairsField } from "./pairs-field";
import { ResponseFields } from "./response-fields";
import { SecretsField } from "./secrets-field";
import type { Draft, Policy } from "./settings-model";
import { TemplateInput } from "./template-input";

const kHeaders = ["Authorization", "Content-Type", "Accept", "User-Agent", "X-Api-Key", "Idempotency-Key"];
const kInside = [
  "query",
  "headers",
  "auth",
  "secrets",
  "responseTopic",
  "errorResponseTopic",
  "responseTemplate",
  "policy",
  "unchunked",
];

function summaryOf(draft: Draft): string {
  const parts: string[] = [];
  if (draft.query.length > 0) parts.push(plural(draft.query.length, "query parameter"));
  if (draft.headers.length > 0) parts.push(plural(draft.headers.length, "header"));
  if (draft.username !== "" || draft.password !== "") parts.push("basic auth");
  if (draft.secrets.length > 0) parts.push(plural(draft.secrets.length, "secret"));
  if (draft.responseTopic !== null || draft.errorResponseTopic !== null) parts.push("own topics");
  if (draft.responseTemplate.text !== "") parts.push("response template");
  if (draft.unchunked) parts.push("unchunked");
  if (draft.dataUrlResponseEvent) parts.push("data URL");
  if (!draft.rejectUnauthorized) parts.push("SSL not enforced");
  if (draft.policy === "particle") parts.push("policy particle");
  return parts.join(" · ");
}

export function ExtraSettings() {
  const { form, readOnly } = useFields();
  const { draft, set, errors } = form;
  const summary = summaryOf(draft);
  const [opened, setOpened] = useState(() => summary !== "");
  const id = useId();
  const hasError = Object.keys(errors).some((field) => kInside.includes(memberOfField(field)));
  const open = opened || hasError;
  return (
    <div>
      <UnstyledButton
        className={classes.disclosure}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpened(!open)}
      >
        <IconChevronRight size={16} aria-hidden className={classes.chevron} data-open={open || undefined} />
        <span>Extra settings</span>
        {!open && (
          <Text span size="sm" c="dimmed" truncate fw={400}>
            {summary === "" ? "headers, auth, secrets, responses, delivery" : summary}
          </Text>
        )}
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <Stack gap="lg" p="md" pt="xs">
          <PairsField
            legend="Query parameters"
            one="Parameter"
            field="query"
            pairs={draft.query}
            onChange={(query) => set({ query })}
          />
          <Fieldset legend="HTTP basic auth" variant="unstyled" className={classes.group}>
            <div className={classes.row}>
              <TemplateInput
                label="Username"
                field="auth.username"
                what="username"
                value={draft.username}
                onChange={(username) => set({ username })}
              />
              <AuthPassword />
            </div>
          </Fieldset>
          <PairsField
            legend="HTTP headers"
            one="Header"
            field="headers"
            pairs={draft.headers}
            onChange={(headers) => set({ headers })}
            suggestions={kHeaders}
          />
          <SecretsField />
          <ResponseFields />
          <Switch
            label="Enforce SSL"
            description="Refuses a receiver whose certificate cannot be verified."
            checked={draft.rejectUnauthorized}
            onChange={(event) => set({ rejectUnauthorized: event.currentTarget.checked })}
            disabled={readOnly}
            data-field="rejectUnauthorized"
          />
          <PolicyField />
        </Stack>
      </Collapse>
    </div>
  );
}

function AuthPassword() {
  const { form, readOnly, error } = useFields();
  return (
    <PasswordInput
      label="Password"
      description="Better a secret: {{{NAME}}}"
      inputWrapperOrder={["label", "input", "description", "error"]}
      value={form.draft.password}
      onChange={(event) => form.set({ password: event.currentTarget.value })}
      error={error("auth.password") ?? error("auth", ["auth.username", "auth.password"])}
      readOnly={readOnly}
      autoComplete="off"
      data-field="auth.password"
      visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
    />
  );
}

const kPolicies: { value: Policy; label: string; description: string }[] = [
  {
    value: "durable",
    label: "durable",
    description: "Kept on disk and retried for 72 hours with growing pauses; what still fails can be replayed.",
  },
  {
    value: "particle",
    label: "particle",
    description: "At most 3 attempts: at once, after 30 and after 60 seconds. Then it is dropped.",
  },
];
function PolicyField() {
  const { form, readOnly, error } = useFields();
  return (
    <Radio.Group
      label="Delivery policy"
      value={form.draft.policy}
      onChange={(value) => form.set({ policy: value as Policy })}
      error={error("policy")}
      readOnly={readOnly}
    >
      <Stack gap={8} mt={6}>
        {kPolicies.map((one) => (
          <Radio key={one.value} {...one} disabled={readOnly} data-field="policy" />
        ))}
      </Stack>
    </Radio.Group>
  );
}
