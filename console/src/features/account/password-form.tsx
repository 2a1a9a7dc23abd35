// A new password ends every other session, and every token unless they are to stay.
import { Button, Checkbox, Group, PasswordInput, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeAccount } from "../../api/account";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const kFields = ["current_password", "password"];

export function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(false);
  const change = useChangeAccount();
  const errors = fieldErrors(change.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, password, ...(keep ? { keep_tokens: true } : {}) },
      {
        onSuccess: () => {
          setCurrent("");
          setPassword("");
          toastDone(
            keep
              ? "The password is changed. Your other sessions have ended, your tokens go on."
              : "The password is changed. Your other sessions and all your tokens have ended.",
          );
          setKeep(false);
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
        <Checkbox
          label="Keep my tokens"
          description="Else programs that use one are signed out. You stay signed in here; every other browser is signed out."
          checked={keep}
          onChange={(event) => setKeep(event.currentTarget.checked)}
        />
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
