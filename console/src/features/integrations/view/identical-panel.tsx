// Others with exactly the same settings, and making one of two.
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { useIntegrations, useMergeIntegration } from "../../../api/integrations";
import type { Integration } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { nameOf, runsOn } from "../../../lib/integration";
import { ConfirmDialog } from "../../../ui/confirm";
import { Panel } from "../../../ui/panel";
import { PermittedButton } from "../../../ui/permitted";
import { toastDone } from "../../../ui/toast";
import { ProductLinks } from "./product-link";
import type { Rights } from "./rights";

export function IdenticalPanel({ one, ids, rights }: { one: Integration; ids: string[]; rights: Rights }) {
  const space = useSpace();
  const list = useIntegrations(space);
  const [merging, setMerging] = useState<string | null>(null);
  const merge = useMergeIntegration(space, one.id);
  const found = (id: string) => list.data?.find((other) => other.id === id);
  const other = merging === null ? undefined : found(merging);
  const here = useRef<HTMLDivElement>(null);
  const { hash } = useLocation();
  useEffect(() => {
    if (hash === "#identical") here.current?.scrollIntoView({ block: "center" });
  }, [hash]);
  return (
    <div id="identical" ref={here}>
      <Panel title={`Identical to ${plural(one.identical_count ?? ids.length, "other")}`}>
        <Text size="sm" mb="sm">
          {ids.length === 1 ? "It has" : "They have"} the same settings in every field.
          {space.kind === "organization"
            ? " Merged, they are one integration on the products of both: one edit changes it everywhere."
            : " They can be merged at the organization."}
          {one.identical_count !== undefined && ` These are the oldest ${String(ids.length)}.`}
        </Text>
        <Stack gap="xs">
          {ids.map((id) => {
            const twin = found(id);
            return (
              <Group key={id} justify="space-between" gap="sm">
                <Text size="sm" component="div">
                  {twin === undefined ? (
                    <span className="mono">{id}</span>
                  ) : (
                    <>
                      <Anchor
                        component={Link}
                        to={`${space.path}/integrations/${id}`}
                        inherit
                        underline="always"
                        fw={600}
                      >
                        {nameOf(twin)}
                      </Anchor>{" "}
                      on <ProductLinks products={twin.products ?? []} />
                    </>
                  )}
                </Text>
                {space.kind === "organization" && (
                  <PermittedButton allowed={rights.merge} size="xs" variant="default" onClick={() => setMerging(id)}>
                    Merge
                  </PermittedButton>
                )}
              </Group>
            );
          })}
        </Stack>
      </Panel>
      <ConfirmDialog
        opened={merging !== null}
        onClose={() => setMerging(null)}
        title="Merge the two into this one?"
        verb="Merge"
        danger={false}
        onConfirm={async () => {
          if (merging === null) return;
          const made = await merge.mutateAsync({ other: merging });
          toastDone(`Merged: it runs on ${runsOn(made.integration)} now.`);
        }}
      >
        {other === undefined ? "The other one" : `The other one, on ${runsOn(other)},`} ends in this one, which then
        runs on the products of both. Its address leads here for 30 days.
      </ConfirmDialog>
    </div>
  );
}
