// One product's share of an integration: what it sets differently, its variables, and what runs there in the end.
import { Button, Group, Modal, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { segment } from "../../../api/client";
import { placementVariablesKey, usePlacementVariables, useSetOverride } from "../../../api/integrations";
import type { Effective, Integration, JsonObject, Placement, Variables } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { ConfirmDialog } from "../../../ui/confirm";
import { PermittedButton } from "../../../ui/permitted";
import { QueryView } from "../../../ui/query-view";
import { toastDone } from "../../../ui/toast";
import { VariablesEditor } from "../../variables/variables-editor";
import { settingsOfAnswer } from "../form/settings-model";
import { OverrideDialog } from "./override-dialog";
import type { Rights } from "./rights";
import { SettingsView } from "./settings-view";

interface Props {
  one: Integration;
  product: Placement;
  effective: Effective | undefined;
  rights: Rights;
}

export function PlacementDetails({ one, product, effective, rights }: Props) {
  const space = useSpace();
  // Variables of an integration on one product have an address at the organization only.
  const slug = space.organization?.slug;
  return (
    <Stack gap="lg" p="sm">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <OverridePart one={one} product={product} rights={rights} />
        {slug !== undefined && <VariablesPart api={`/v1/orgs/${segment(slug)}`} id={one.id} product={product} />}
      </SimpleGrid>
      {effective !== undefined && (
        <Part title="Effective configuration">
          <Text size="sm" c="dimmed" mb={4}>
            What runs here, version {effective.version}. "Shared" values are the same on all products.
          </Text>
          <SettingsView
            label={`Effective configuration on ${product.name}`}
            settings={settingsOfAnswer(effective.configuration, "organization")}
            from={effective.from}
            showFrom
          />
        </Part>
      )}
    </Stack>
  );
}

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb={6}>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </section>
  );
}

function OverridePart({ one, product, rights }: Omit<Props, "effective">) {
  const space = useSpace();
  const [dialog, setDialog] = useState<"edit" | "remove" | null>(null);
  const remove = useSetOverride(space, one.id);
  const override = product.override;
  return (
    <Part
      title="Override"
      actions={
        <>
          <PermittedButton
            allowed={rights.override}
            size="compact-sm"
            variant="default"
            onClick={() => setDialog("edit")}
          >
            {override === undefined ? "Set override" : "Change override"}
          </PermittedButton>
          {override !== undefined && (
            <PermittedButton
              allowed={rights.override}
              size="compact-sm"
              variant="default"
              onClick={() => setDialog("remove")}
            >
              Remove override
            </PermittedButton>
          )}
        </>
      }
    >
      {override === undefined ? (
        <Text size="sm" c="dimmed">
          Nothing differs here: the shared settings run as they are.
        </Text>
      ) : (
        <SettingsView label="Override" settings={override as JsonObject} />
      )}
      <OverrideDialog opened={dialog === "edit"} onClose={() => setDialog(null)} one={one} product={product} />
      <ConfirmDialog
        opened={dialog === "remove"}
        onClose={() => setDialog(null)}
        title={`Remove the override on ${product.name}?`}
        verb="Remove"
        onConfirm={async () => {
          await remove.mutateAsync({ product: product.id, override: null });
          toastDone("Removed. The shared settings run there from the next event on.");
        }}
      >
        The product runs the shared settings again.
      </ConfirmDialog>
    </Part>
  );
}

function VariablesPart({ api, id, product }: { api: string; id: string; product: Placement }) {
  const space = useSpace();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const query = usePlacementVariables(api, id, product.id);
  const saved = () => {
    setOpened(false);
    void client.invalidateQueries({ queryKey: placementVariablesKey(api, id, product.id) });
  };
  return (
    <Part
      title="Variables"
      actions={
        <Button size="compact-sm" variant="default" onClick={() => setOpened(true)} disabled={query.data === undefined}>
          Edit variables
        </Button>
      }
    >
      <QueryView query={query}>
        {({ variables, effective }) => {
          const names = Object.keys(effective);
          const inherited: Variables = {};
          for (const name of names) if (!(name in variables)) inherited[name] = effective[name]?.value ?? "";
          return (
            <>
              {names.length === 0 ? (
                <Text size="sm" c="dimmed">
                  None. A variable set here is known to this integration on this product alone, as{" "}
                  <code>{"{{{product.vars.NAME}}}"}</code>.
                </Text>
              ) : (
                <Stack gap={4}>
                  {names.map((name) => (
                    <Text key={name} size="sm" component="div">
                      <span className="mono">{name}</span> = <span className="mono">{effective[name]?.value}</span>{" "}
                      <Text span size="xs" c="dimmed">
                        from {kFrom[effective[name]?.from ?? ""] ?? effective[name]?.from}
                      </Text>
                    </Text>
                  ))}
                </Stack>
              )}
              <Modal
                opened={opened}
                onClose={() => setOpened(false)}
                title={`Variables on ${product.name}`}
                size="lg"
                closeOnClickOutside={false}
              >
                <VariablesEditor
                  api={`${api}/integrations/${segment(id)}/products/${product.id}`}
                  variables={variables}
                  inherited={inherited}
                  allowed={space.can("variables:update")}
                  onSaved={saved}
                />
              </Modal>
            </>
          );
        }}
      </QueryView>
    </Part>
  );
}

const kFrom: { [from: string]: string } = {
  placement: "this integration here",
  product: "the product",
  organization: "the organization",
};
