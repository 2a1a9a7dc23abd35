// Secrets of an organization or of the sandbox: which there are, what uses them; never their values.
import { Anchor, Menu, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useProducts } from "../../api/products";
import { useDeleteSecret, useSecrets } from "../../api/secrets";
import type { Product, Secret } from "../../api/types";
import { useSpace } from "../../app/space";
import { plural } from "../../lib/format";
import { useUrlState } from "../../lib/url-state";
import { ConfirmDialog } from "../../ui/confirm";
import { CopyIcon } from "../../ui/copy";
import { Empty } from "../../ui/empty";
import { IconEdit, IconPlus, IconTrash } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { RowMenu } from "../../ui/row-menu";
import { Time } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import { SecretDialog } from "./secret-dialog";

export function Page() {
  const space = useSpace();
  const query = useSecrets(space.api);
  const products = useProducts(space);
  // "+", or the name of the one that is changed.
  const [open, setOpen] = useUrlState("edit", "", true);
  const [doomed, setDoomed] = useState<Secret | null>(null);
  const remove = useDeleteSecret(space.api);
  const changed = query.data?.find((one) => one.name === open);
  const create = (
    <PermittedButton
      allowed={space.can("secrets:create")}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setOpen("+")}
    >
      New secret
    </PermittedButton>
  );
  return (
    <PageFrame
      title="Secrets"
      hint="Passwords and keys for integrations. A template names a secret as {{{NAME}}}; its value is never shown again."
      actions={create}
    >
      <Panel padding={0}>
        <QueryView
          query={query}
          isEmpty={(secrets) => secrets.length === 0}
          empty={
            <Empty title="No secrets yet" action={create}>
              Keep API keys and passwords here, not in configurations. Who can edit integrations can use one, where it
              is not limited further; nobody can read it.
            </Empty>
          }
        >
          {(secrets) => (
            <Table.ScrollContainer minWidth={640}>
              <Table highlightOnHover verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Name</Table.Th>
                    <Table.Th scope="col">Used by</Table.Th>
                    <Table.Th scope="col">Products</Table.Th>
                    <Table.Th scope="col">Hosts</Table.Th>
                    <Table.Th scope="col">Changed</Table.Th>
                    <Table.Th scope="col">Last used</Table.Th>
                    <Table.Th scope="col">
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {secrets.map((secret) => (
                    <Table.Tr key={secret.name}>
                      <Table.Td>
                        <Text span className="mono" fw={600}>
                          {secret.name}
                        </Text>{" "}
                        <CopyIcon value={`{{{${secret.name}}}}`} label={`Copy the template of ${secret.name}`} />
                      </Table.Td>
                      <Table.Td>
                        <UsedBy secret={secret} base={space.path} />
                      </Table.Td>
                      <Table.Td>
                        <Few
                          of={secret.products?.map((id) => nameOf(id, products.data))}
                          none={space.kind === "sandbox" ? "only you" : "organization only"}
                        />
                      </Table.Td>
                      <Table.Td>
                        <Few of={secret.hosts ?? undefined} none="any" />
                      </Table.Td>
                      <Table.Td>
                        <Time value={secret.updated_at} />
                      </Table.Td>
                      <Table.Td>
                        {secret.last_accessed_at === null ? (
                          <Text span c="dimmed">
                            never
                          </Text>
                        ) : (
                          <Time value={secret.last_accessed_at} />
                        )}
                      </Table.Td>
                      <Table.Td ta="right">
                        <SecretMenu
                          secret={secret}
                          onEdit={() => setOpen(secret.name)}
                          onDelete={() => setDoomed(secret)}
                        />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </QueryView>
      </Panel>
      {(open === "+" || changed !== undefined) && (
        <SecretDialog api={space.api} secret={changed ?? null} onClose={() => setOpen("")} />
      )}
      <ConfirmDialog
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title="Delete secret"
        verb="Delete"
        onConfirm={async () => {
          await remove.mutateAsync(doomed?.name ?? "");
          toastDone(`${doomed?.name} is deleted.`);
        }}
      >
        <Text size="sm">
          <b>{doomed?.name}</b> goes for good. A secret that an integration uses cannot be deleted.
        </Text>
      </ConfirmDialog>
    </PageFrame>
  );
}

function nameOf(id: number, products: Product[] | undefined): string {
  return products?.find((one) => one.id === id)?.name ?? String(id);
}

// The first two of a list, and all of it where one points at it.
function Few({ of, none }: { of: string[] | undefined; none: string }) {
  if (of === undefined) {
    return (
      <Text span c="dimmed">
        {none}
      </Text>
    );
  }
  const more = of.length - 2;
  return (
    <Text span size="sm" title={of.join(", ")}>
      {of.slice(0, 2).join(", ")}
      {more > 0 && ` and ${plural(more, "other")}`}
    </Text>
  );
}

function UsedBy({ secret, base }: { secret: Secret; base: string }) {
  if (secret.integrations.length === 0) {
    return (
      <Text span c="dimmed">
        nothing
      </Text>
    );
  }
  const [first, ...others] = secret.integrations;
  return (
    <>
      <Anchor component={Link} to={`${base}/integrations/${first?.id}`} size="sm" underline="always">
        {first?.name ?? first?.id}
      </Anchor>
      {others.length > 0 && (
        <Text span size="sm" c="dimmed" title={others.map((one) => one.name ?? one.id).join(", ")}>
          {" "}
          and {plural(others.length, "other")}
        </Text>
      )}
    </>
  );
}

function SecretMenu({ secret, onEdit, onDelete }: { secret: Secret; onEdit: () => void; onDelete: () => void }) {
  const space = useSpace();
  const change = space.can("secrets:update");
  const remove = space.can("secrets:remove");
  const used = secret.integrations.length > 0;
  return (
    <RowMenu of={secret.name}>
      <Menu.Item
        leftSection={<IconEdit size={16} aria-hidden />}
        disabled={!change.ok}
        title={change.reason}
        onClick={onEdit}
      >
        Change
      </Menu.Item>
      <Menu.Item
        leftSection={<IconTrash size={16} aria-hidden />}
        disabled={!remove.ok || used}
        title={used ? "It is in use." : remove.reason}
        onClick={onDelete}
      >
        Delete
      </Menu.Item>
    </RowMenu>
  );
}
