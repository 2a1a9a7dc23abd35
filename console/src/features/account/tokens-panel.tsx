// Where one is signed in, and the tokens of one's programs.
import { ActionIcon, Badge, Button, Group, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { endEverything, useEndToken, useTokens } from "../../api/account";
import type { AccessToken } from "../../api/types";
import { forgetSession } from "../../app/session";
import { ConfirmDialog } from "../../ui/confirm";
import { IconTrash } from "../../ui/icons";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { toastDone } from "../../ui/toast";

export function TokensPanel() {
  const query = useTokens();
  const navigate = useNavigate();
  const [everything, setEverything] = useState(false);
  return (
    <Panel
      title="Sessions and tokens"
      padding={0}
      actions={
        <Button size="xs" variant="default" onClick={() => setEverything(true)}>
          Sign out everywhere
        </Button>
      }
    >
      <QueryView query={query}>{(tokens) => <Tokens tokens={tokens} />}</QueryView>
      <ConfirmDialog
        opened={everything}
        onClose={() => setEverything(false)}
        title="Sign out everywhere"
        verb="Sign out everywhere"
        onConfirm={async () => {
          await endEverything();
          forgetSession();
          navigate("/login");
        }}
      >
        <Text size="sm">
          Every session ends, this one too, and every access token of yours. Programs that use one stop working.
        </Text>
      </ConfirmDialog>
    </Panel>
  );
}

function Tokens({ tokens }: { tokens: AccessToken[] }) {
  const end = useEndToken();
  const [doomed, setDoomed] = useState<AccessToken | null>(null);
  return (
    <>
      <Table.ScrollContainer minWidth={620}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What</Table.Th>
              <Table.Th scope="col">Made</Table.Th>
              <Table.Th scope="col">Last used</Table.Th>
              <Table.Th scope="col">Ends</Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Group gap="xs">
                    {one.kind === "session" ? `Console in ${one.client}` : `Token of ${one.client}`}
                    {one.current && (
                      <Badge size="xs" variant="default">
                        this session
                      </Badge>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td>
                  <Time value={one.created_at} />
                </Table.Td>
                <Table.Td>{one.last_used_at === null ? "–" : <Time value={one.last_used_at} />}</Table.Td>
                <Table.Td>{one.expires_at === null ? "never" : <Time value={one.expires_at} />}</Table.Td>
                <Table.Td ta="right">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`End ${one.kind === "session" ? "session" : `token of ${one.client}`}`}
                    disabled={one.current}
                    onClick={() => setDoomed(one)}
                  >
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <ConfirmDialog
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title={doomed?.kind === "session" ? "End session" : "End token"}
        verb="End"
        onConfirm={async () => {
          await end.mutateAsync(doomed?.id ?? "");
          toastDone("It has ended.");
        }}
      >
        <Text size="sm">What uses it is refused from now on.</Text>
      </ConfirmDialog>
    </>
  );
}
