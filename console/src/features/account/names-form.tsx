import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type Account, useChangeAccount } from "../../api/account";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const text = (value: unknown) => (typeof value === "string" ? value : "");

export function NamesForm({ account }: { account: Account }) {
  const info = account.account_info;
  const [first, setFirst] = useState(text(info.first_name));
  const [last, setLast] = useState(text(info.last_name));
  const change = useChangeAccount();
  const dirty = first !== text(info.first_name) || last !== text(info.last_name);
  const save = (event: FormEvent) => {
    event.preventDefault();
    // The rest of what clients keep there stays.
    change.mutate(
      { account_info: { ...info, first_name: first, last_name: last } },
      { onSuccess: () => toastDone("Saved.") },
    );
  };
  return (
    <form onSubmit={save} noValidate>
      <Stack maw={480}>
        <Group grow>
          <TextInput
            label="First name"
            autoComplete="given-name"
            value={first}
            onChange={(event) => setFirst(event.currentTarget.value)}
          />
          <TextInput
            label="Last name"
            autoComplete="family-name"
            value={last}
            onChange={(event) => setLast(event.currentTarget.value)}
          />
        </Group>
        {change.error !== null && <ErrorPanel error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={!dirty} loading={change.isPending}>
            Save names
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
