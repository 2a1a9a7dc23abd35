// What one product sets differently from the shared settings.
import { Button, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSetOverride } from "../../../api/integrations";
import type { Integration, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { fieldErrors, hasOther } from "../../../lib/form-errors";
import { sameText } from "../../../lib/json-text";
import { useUnsaved } from "../../../lib/unsaved";
import { waitsOf, waitText } from "../../../lib/waits";
import { ErrorPanel } from "../../../ui/error-panel";
import { toastDone } from "../../../ui/toast";
import { OAuth2Fields } from "../form/oauth2-fields";
import { kNoOAuth2, kOAuth2Fields, oauth2DraftOf } from "../form/oauth2-model";
import { SecretChoice } from "../form/secret-choice";
import { WarningList } from "../form/warning-parts";
import { OverrideHeaders } from "./override-headers";
import { draftOf, type OverrideDraft, overrideOf } from "./override-model";

interface Props {
  one: Integration;
  product: Placement;
  opened: boolean;
  onClose: () => void;
}

export function OverrideDialog({ one, product, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Override on ${product.name ?? product.slug}`}
      size="lg"
      closeOnClickOutside={false}
    >
      {opened && <OverrideForm one={one} product={product} onClose={onClose} />}
    </Modal>
  );
}

const kFields = ["url", "headers", "auth", "signing", "disabled", "policy"];

function OverrideForm({ one, product, onClose }: Omit<Props, "opened">) {
  const space = useSpace();
  const save = useSetOverride(space, one.id);
  const [before] = useState(() => draftOf(product.override));
  const [draft, setDraft] = useState<OverrideDraft>(before);
  const set = (change: Partial<OverrideDraft>) => {
    setDraft({ ...draft, ...change });
    if (save.isSuccess) save.reset();
  };
  // Mostly it is another client at the same endpoint.
  const chooseAuth = (auth: OverrideDraft["auth"]) => {
    const starts = auth === "oauth2" && sameText({ ...draft.oauth2 }, { ...kNoOAuth2 });
    set(starts ? { auth, oauth2: oauth2DraftOf(one.auth?.oauth2) } : { auth });
  };
  const done = save.isSuccess;
  const dirty = !done && !sameText(JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(draft)));
  const unsaved = useUnsaved(dirty && !save.isPending);
  const errors = fieldErrors(save.error, kFields);
  const authErrors = fieldErrors(save.error, kOAuth2Fields);
  const submit = () =>
    save.mutate(
      { product: product.id, override: overrideOf(draft) },
      {
        onSuccess: (answer) => {
          toastDone("Saved. It is in force from the next event on.");
          if ((answer.warnings ?? []).length === 0) onClose();
        },
      },
    );
  return (
    <Stack
      gap="sm"
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Text size="sm" c="dimmed">
        Only what is filled in differs from the shared settings; the rest follows them.
      </Text>
      <TextInput
        label="URL"
        placeholder={one.url}
        value={draft.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        error={errors.url}
        spellCheck={false}
        data-autofocus
      />
      <OverrideHeaders rows={draft.headers} onChange={(headers) => set({ headers })} error={errors.headers} />
      <Select
        label="Authentication"
        data={[
          { value: "", label: "As shared" },
          { value: "basic", label: "Basic, of its own" },
          { value: "bearer", label: "Bearer token of its own" },
          { value: "oauth2", label: "OAuth 2, as a client of its own" },
        ]}
        value={draft.auth}
        onChange={(value) => chooseAuth((value ?? "") as OverrideDraft["auth"])}
        allowDeselect={false}
      />
      {draft.auth === "oauth2" && (
        <OAuth2Fields
          value={draft.oauth2}
          onChange={(oauth2) => set({ oauth2 })}
          error={(field) => authErrors[field]}
        />
      )}
      {draft.auth === "bearer" && (
        <PasswordInput
          label="Token"
          value={draft.bearer}
          onChange={(event) => set({ bearer: event.currentTarget.value })}
          error={errors.auth}
          autoComplete="off"
        />
      )}
      {draft.auth === "basic" && (
        <Group grow align="flex-start">
          <TextInput
            label="User name"
            value={draft.username}
            onChange={(event) => set({ username: event.currentTarget.value })}
            error={errors.auth}
            autoComplete="off"
          />
          <PasswordInput
            label="Password"
            value={draft.password}
            onChange={(event) => set({ password: event.currentTarget.value })}
            autoComplete="new-password"
          />
        </Group>
      )}
      <SecretChoice
        label="Signed by"
        description="Secrets with signing keys of its own. None chosen: as shared."
        value={draft.signing}
        onChange={(signing) => set({ signing })}
        error={errors.signing}
      />
      <Group grow align="flex-start">
        <Select
          label="Status"
          description={
            draft.disabled === "true" && before.disabled !== "true" && waitsOf(product).waiting > 0
              ? `${waitText(waitsOf(product).waiting)} now: held until it is enabled.`
              : undefined
          }
          inputWrapperOrder={["label", "input", "description", "error"]}
          data={[
            { value: "", label: `As shared (${one.disabled ? "disabled" : "enabled"})` },
            { value: "false", label: "Enabled" },
            { value: "true", label: "Disabled" },
          ]}
          value={draft.disabled}
          onChange={(value) => set({ disabled: (value ?? "") as OverrideDraft["disabled"] })}
          allowDeselect={false}
          error={errors.disabled}
        />
        <Select
          label="Delivery policy"
          data={[
            { value: "", label: `As shared (${one.policy ?? "durable"})` },
            { value: "durable", label: "durable: tried for 72 hours" },
            { value: "particle", label: "particle: three attempts" },
          ]}
          value={draft.policy}
          onChange={(value) => set({ policy: (value ?? "") as OverrideDraft["policy"] })}
          allowDeselect={false}
          error={errors.policy}
        />
      </Group>
      {hasOther(save.error, kFields) && <ErrorPanel error={save.error} />}
      <WarningList warnings={save.data?.warnings ?? []} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {done ? "Close" : "Cancel"}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!dirty}>
          Save
        </Button>
      </Group>
      {unsaved}
    </Stack>
  );
}
