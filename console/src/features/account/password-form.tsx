// A new password ends every other session.
import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeAccount } from "../../api/account";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const kFields = ["current_password", "password"];

export function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useChangeAccount();
  const errors = fieldErrors(change.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, password },
      {
        onSuccess: () => {
          setCurrent("");
          setPassword("");
          toastDone("The password is changed. Your other sessions have ended.");
        },
      },
    );
  };
  return (
    <form onSubmit={save} noValidate>
      <Stack maw={480}>
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={errors.current_password}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={errors.password}
        />
        <Text size="sm" c="dimmed">
          You stay signed in here. Every other session ends.
        </Text>
        {hasOther(change.error, kFields) && <ErrorPanel error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={current === "" || password === ""} loading={change.isPending}>
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
