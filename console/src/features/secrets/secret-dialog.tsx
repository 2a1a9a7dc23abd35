// A new secret; or a new value of one, and the products and hosts that it is for.
import { Button, Group, Modal, MultiSelect, PasswordInput, Stack, TagsInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useProducts } from "../../api/products";
import { useChangeSecret, useCreateSecret } from "../../api/secrets";
import type { Secret, SecretAnswer, Warning } from "../../api/types";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";
import { WarningList } from "../integrations/form/warning-parts";
import { limitsChanged } from "./secret-limits";

const kFields = ["name", "value", "products", "hosts"];

export function SecretDialog({
  api,
  secret,
  onClose,
  onSaved,
}: {
  api: string;
  secret: Secret | null; // null: a new one
  onClose: () => void;
  onSaved?: (name: string) => void;
}) {
  const space = useSpace();
  const known = useProducts(space);
  const [newName, setNewName] = useState("");
  const [value, setValue] = useState("");
  const [products, setProducts] = useState((secret?.products ?? []).map(String));
  const [hosts, setHosts] = useState(secret?.hosts ?? []);
  const [told, setTold] = useState<Warning[] | null>(null); // it is saved, and the server has said more
  const create = useCreateSecret(api);
  const change = useChangeSecret(api);
  const saving = secret === null ? create : change;
  const errors = fieldErrors(saving.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const saved = secret?.name ?? newName.trim();
    const limits = limitsChanged(secret, products.map(Number), hosts);
    const onSuccess = (answer: SecretAnswer) => {
      toastDone(secret === null ? `${saved} is saved.` : `${saved} is changed, in force from now on.`);
      onSaved?.(saved);
      if (answer.warnings === undefined) return onClose();
      setTold(answer.warnings);
    };
    if (secret === null) {
      create.mutate({ name: saved, value, ...limits }, { onSuccess });
    } else {
      change.mutate({ name: saved, ...(value === "" ? {} : { value }), ...limits }, { onSuccess });
    }
  };
  if (told !== null) {
    return (
      <Modal opened onClose={onClose} title="Saved, but integrations are kept from it" centered>
        <Stack>
          <WarningList warnings={told} />
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              Understood
            </Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  const data = (known.data ?? []).map((one) => ({ value: String(one.id), label: one.name }));
  return (
    <Modal opened onClose={onClose} title={secret === null ? "New secret" : `Change ${secret.name}`} centered>
      <form onSubmit={save} noValidate>
        <Stack>
          {secret === null && (
            <TextInput
              label="Name"
              description="Letters, digits and _, such as API_KEY"
              value={newName}
              onChange={(event) => setNewName(event.currentTarget.value)}
              error={errors.name}
              data-autofocus
              autoComplete="off"
              spellCheck={false}
            />
          )}
          <PasswordInput
            label={secret === null ? "Value" : "New value"}
            description={
              secret === null
                ? "It is sealed on the server and never shown again."
                : "Leave it empty to keep the one it has."
            }
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            error={errors.value}
            data-autofocus={secret !== null}
            autoComplete="new-password"
          />
          <MultiSelect
            label="Products"
            description={
              space.kind === "sandbox"
                ? "Whoever may change integrations of a chosen one may use it there. None chosen: only you."
                : "Whoever may change integrations of a chosen one may use it there. None chosen: only who may change those of the whole organization, on every product."
            }
            data={data}
            value={products}
            onChange={setProducts}
            error={errors.products}
            searchable
            placeholder={products.length === 0 ? "None chosen" : undefined}
            nothingFoundMessage="No product has that name"
            comboboxProps={{ withinPortal: true }}
          />
          <TagsInput
            label="Hosts"
            description="It is sent nowhere else: api.example.com, or *.example.com for all below it. Empty: anywhere."
            value={hosts}
            onChange={setHosts}
            error={errors.hosts}
            placeholder={hosts.length === 0 ? "Type a host and press Enter" : undefined}
            splitChars={[",", " "]}
          />
          {hasOther(saving.error, kFields) && <ErrorPanel error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
