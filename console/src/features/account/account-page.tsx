// Oneself: names, email, password, where one is signed in, and leaving.
import { Stack } from "@mantine/core";
import { useAccount } from "../../api/account";
import { useSession } from "../../app/session";
import { Copyable } from "../../ui/copy";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { DeleteAccount } from "./delete-account";
import { NamesForm } from "./names-form";
import { PasswordForm } from "./password-form";
import { TokensPanel } from "./tokens-panel";

export function Page() {
  const account = useAccount();
  const session = useSession();
  return (
    <PageFrame title="Account" hint={session.user.username}>
      <Stack gap="md">
        <Panel title="You">
          <QueryView query={account}>
            {(found) => (
              <Stack>
                <Copyable value={found.id} label="Copy your user id" />
                <NamesForm key={JSON.stringify(found.account_info)} account={found} />
              </Stack>
            )}
          </QueryView>
        </Panel>
        <Panel title="Password">
          <PasswordForm />
        </Panel>
        <TokensPanel />
        <DeleteAccount />
      </Stack>
    </PageFrame>
  );
}
