// Leaving for good; asks for the password.
import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { deleteAccount } from "../../api/account";
import { forgetSession } from "../../app/session";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { Panel } from "../../ui/panel";

export function DeleteAccount() {
  const [opened, setOpened] = useState(false);
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteAccount(password),
    onSuccess: () => {
      forgetSession();
      navigate("/login");
    },
  });
  return (
    <Panel title="Delete account">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          Your sandbox and its integrations go with it. An organization or a product that you own must have another
          owner first.
        </Text>
        <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpened(true)}>
          Delete account
        </Button>
      </Group>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Delete account" centered>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            remove.mutate();
          }}
        >
          <Stack>
            <Text size="sm">This cannot be taken back.</Text>
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={fieldErrors(remove.error, ["password"]).password}
              data-autofocus
            />
            {hasOther(remove.error, ["password"]) && <ErrorPanel error={remove.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setOpened(false)}>
                Cancel
              </Button>
              <Button type="submit" color="red.9" disabled={password === ""} loading={remove.isPending}>
                Delete account
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Panel>
  );
}
