// The credentials that go along: a name and a password, a token, or tokens that are asked for.
import { Fieldset, PasswordInput, SegmentedControl, Stack } from "@mantine/core";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { OAuth2Fields } from "./oauth2-fields";
import { kOAuth2Fields } from "./oauth2-model";
import type { Draft } from "./settings-model";
import { TemplateInput } from "./template-input";
import { FieldWarning } from "./warning-parts";

const kFields = {
  basic: ["auth.username", "auth.password"],
  bearer: ["auth.bearer"],
  oauth2: kOAuth2Fields,
};

export function AuthFields() {
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  const shown = kFields[draft.authKind];
  return (
    <Fieldset legend="Authentication" variant="unstyled" className={classes.group}>
      <Stack gap={6} align="stretch">
        <SegmentedControl
          aria-label="Kind of authentication"
          size="xs"
          data={[
            { value: "basic", label: "Basic" },
            { value: "bearer", label: "Bearer" },
            { value: "oauth2", label: "OAuth 2" },
          ]}
          value={draft.authKind}
          onChange={(kind) => set({ authKind: kind as Draft["authKind"] })}
          disabled={readOnly}
          style={{ alignSelf: "flex-start" }}
        />
        {draft.authKind === "bearer" && <Hidden field="bearer" label="Token" />}
        {draft.authKind === "oauth2" && (
          <OAuth2Fields
            value={draft.oauth2}
            onChange={(oauth2) => set({ oauth2 })}
            error={(field) => error(field)}
            readOnly={readOnly}
          />
        )}
        {draft.authKind === "basic" && (
          <div className={classes.row}>
            <TemplateInput
              label="Username"
              field="auth.username"
              what="username"
              value={draft.username}
              onChange={(username) => set({ username })}
            />
            <Hidden field="password" label="Password" />
          </div>
        )}
        <FieldWarning field="auth" shownBelow={shown} />
      </Stack>
    </Fieldset>
  );
}

function Hidden({ field, label }: { field: "password" | "bearer"; label: string }) {
  const { form, readOnly, error } = useFields();
  const at = `auth.${field}`;
  return (
    <div className={classes.warned}>
      <PasswordInput
        label={label}
        description="Better a secret: {{{NAME}}}"
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={form.draft[field]}
        onChange={(event) => form.set({ [field]: event.currentTarget.value })}
        error={error(at) ?? error("auth", ["auth.username", at])}
        readOnly={readOnly}
        autoComplete="off"
        data-field={at}
        visibilityToggleButtonProps={{ "aria-label": `Show the ${label.toLowerCase()}`, tabIndex: 0 }}
      />
      <FieldWarning field={at} />
    </div>
  );
}
