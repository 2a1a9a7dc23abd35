// How tokens are asked for by OAuth 2 client credentials. The integration's form has them, and the dialog of an
// override.
import { Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./form.module.css";
import { NewSecretButton } from "./new-secret";
import type { OAuth2Draft } from "./oauth2-model";
import { SecretChoice } from "./secret-choice";

interface Props {
  value: OAuth2Draft;
  onChange: (value: OAuth2Draft) => void;
  // By the field that the server names.
  error?: (field: string) => ReactNode;
  readOnly?: boolean;
}

export function OAuth2Fields({ value, onChange, error = () => undefined, readOnly = false }: Props) {
  const set = (change: Partial<OAuth2Draft>) => onChange({ ...value, ...change });
  const text = (label: string, name: "tokenUrl" | "clientId" | "scope" | "audience", member: string, more = {}) => (
    <TextInput
      label={label}
      value={value[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
      error={error(`auth.oauth2.${member}`)}
      readOnly={readOnly}
      spellCheck={false}
      autoComplete="off"
      data-field={`auth.oauth2.${member}`}
      {...more}
    />
  );
  return (
    <Stack gap={6}>
      <Text size="xs" c="dimmed">
        A token is asked for by client credentials, kept until shortly before it ends, and sent as Authorization:
        Bearer. All integrations with the same settings share it.
      </Text>
      {text("Token URL", "tokenUrl", "token_url", { placeholder: "https://auth.example.com/oauth/token" })}
      <div className={classes.row}>
        {text("Client ID", "clientId", "client_id")}
        <SecretChoice
          label="Client secret"
          description="A secret with it. It is sent to the token URL only."
          value={value.clientSecret === "" ? [] : [value.clientSecret]}
          onChange={(names) => set({ clientSecret: names.at(-1) ?? "" })}
          error={error("auth.oauth2.client_secret")}
          readOnly={readOnly}
          field="auth.oauth2.client_secret"
        />
      </div>
      {!readOnly && (
        <Group gap="sm">
          <NewSecretButton kind="any" onMade={(clientSecret) => set({ clientSecret })} />
        </Group>
      )}
      <div className={classes.row}>
        {text("Scope", "scope", "scope", { description: "If the service wants one" })}
        {text("Audience", "audience", "audience", { description: "If the service wants one" })}
      </div>
      <div>
        <Text size="sm" fw={500}>
          ID and secret are sent
        </Text>
        <SegmentedControl
          aria-label="Where ID and secret are sent"
          size="xs"
          data={[
            { value: "basic", label: "in the header (Basic)" },
            { value: "body", label: "in the body" },
          ]}
          value={value.clientAuth}
          onChange={(clientAuth) => set({ clientAuth: clientAuth === "body" ? "body" : "basic" })}
          disabled={readOnly}
        />
      </div>
    </Stack>
  );
}
