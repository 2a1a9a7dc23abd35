// What most webhooks can do without, folded away; what is set stands in one line.
import { Collapse, Stack, Switch, Text, UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import type { JsonObject } from "../../../api/types";
import { plural } from "../../../lib/format";
import { IconChevronRight } from "../../../ui/icons";
import { AuthFields } from "./auth-fields";
import { DeliveryFields } from "./delivery-fields";
import { deliverySummary, kDeliveryMembers } from "./delivery-model";
import classes from "./form.module.css";
import { memberOfField } from "./form-errors";
import { useFields } from "./form-state";
import { splitWarnings } from "./form-warnings";
import { PairsField } from "./pairs-field";
import { ResponseFields } from "./response-fields";
import { SecretsField } from "./secrets-field";
import type { Draft } from "./settings-model";
import { SigningField } from "./signing-field";

const kHeaders = ["Authorization", "Content-Type", "Accept", "User-Agent", "X-Api-Key", "Idempotency-Key"];
const kInside: string[] = [
  "query",
  "headers",
  "auth",
  "signing",
  "secrets",
  "responseTopic",
  "errorResponseTopic",
  "responseTemplate",
  "policy",
  "unchunked",
  ...kDeliveryMembers,
];

const kAuthKinds = { basic: "basic auth", bearer: "bearer token", oauth2: "OAuth 2" };

function summaryOf(draft: Draft, settings: JsonObject): string {
  const parts: string[] = [];
  if (draft.query.length > 0) parts.push(plural(draft.query.length, "query parameter"));
  if (draft.headers.length > 0) parts.push(plural(draft.headers.length, "header"));
  if (settings.auth !== undefined) parts.push(kAuthKinds[draft.authKind]);
  if (draft.signing.length > 0) parts.push("signed");
  if (draft.secrets.length > 0) parts.push(plural(draft.secrets.length, "secret"));
  if (draft.responseTopic !== null || draft.errorResponseTopic !== null) parts.push("own topics");
  if (draft.responseTemplate.text !== "") parts.push("response template");
  if (draft.unchunked) parts.push("unchunked");
  if (draft.dataUrlResponseEvent) parts.push("data URL");
  if (!draft.rejectUnauthorized) parts.push("SSL not enforced");
  if (draft.policy === "particle") parts.push("policy particle");
  parts.push(...deliverySummary(settings));
  return parts.join(" · ");
}

export function ExtraSettings() {
  const { form, readOnly, warnings } = useFields();
  const { draft, set, errors } = form;
  const summary = summaryOf(draft, form.settings);
  // null: nobody has folded or unfolded it.
  const [chosen, setChosen] = useState<boolean | null>(() => (summary === "" ? null : true));
  const { atFields } = splitWarnings(warnings, (field) => kInside.includes(memberOfField(field)));
  const opened = chosen ?? atFields.length > 0;
  const id = useId();
  const hasError = Object.keys(errors).some((field) => kInside.includes(memberOfField(field)));
  const open = opened || hasError;
  return (
    <div>
      <UnstyledButton
        className={classes.disclosure}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setChosen(!open)}
      >
        <IconChevronRight size={16} aria-hidden className={classes.chevron} data-open={open || undefined} />
        <span>Extra settings</span>
        {!open && (
          <Text span size="sm" c="dimmed" truncate fw={400}>
            {[
              ...(atFields.length > 0 ? [plural(atFields.length, "warning")] : []),
              summary === "" ? "headers, auth, signing, secrets, responses, delivery" : summary,
            ].join(" · ")}
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
          <AuthFields />
          <SigningField />
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
          <DeliveryFields />
        </Stack>
      </Collapse>
    </div>
  );
}
