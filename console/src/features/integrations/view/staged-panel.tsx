// An edit that is tried on some products: how it does beside the others, and what becomes of it.
import { Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useDiscard, usePromote } from "../../../api/integrations";
import type { Counts, Integration, Staged } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount, formatPercent, plural } from "../../../lib/format";
import { kOutcomes, total } from "../../../lib/integration";
import { ConfirmDialog } from "../../../ui/confirm";
import { CountText } from "../../../ui/counts";
import { DiffView } from "../../../ui/diff-view";
import { Panel } from "../../../ui/panel";
import { PermittedButton } from "../../../ui/permitted";
import { Time } from "../../../ui/time";
import { toastDone } from "../../../ui/toast";
import { fieldName } from "./field-names";
import { ProductLinks } from "./product-link";
import type { Rights } from "./rights";

export function StagedPanel({ one, staged, rights }: { one: Integration; staged: Staged; rights: Rights }) {
  const space = useSpace();
  const [asks, setAsks] = useState<"promote" | "discard" | null>(null);
  const promote = usePromote(space, one.id);
  const discard = useDiscard(space, one.id);
  const trying = (one.products ?? []).filter((product) => staged.product_ids.includes(product.id));
  const others = (one.products ?? []).filter((product) => !product.removed).length - trying.length;
  return (
    <Panel
      title="Staged edit"
      actions={
        <Group gap="xs">
          <PermittedButton allowed={rights.versions} size="xs" onClick={() => setAsks("promote")}>
            Promote
          </PermittedButton>
          <PermittedButton allowed={rights.versions} size="xs" variant="default" onClick={() => setAsks("discard")}>
            Discard
          </PermittedButton>
        </Group>
      }
    >
      <Stack gap="sm">
        <Text size="sm" component="div">
          Version {staged.version} is being tried on <ProductLinks products={trying} />, since{" "}
          <Time value={staged.since} />
          {staged.by === null ? "" : `, by ${staged.by}`}.
          {staged.error_percent_max !== undefined &&
            ` It is discarded by itself when more than ${staged.error_percent_max} % of at least ${formatCount(staged.outcomes_min)} deliveries are no success.`}
        </Text>
        {staged.outcomes !== undefined && (
          <Table.ScrollContainer minWidth={420}>
            <Table aria-label="Outcomes of the staged edit and of the others" verticalSpacing={6} maw={640} fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Since then</Table.Th>
                  {kOutcomes.map((each) => (
                    <Table.Th key={each.kind} scope="col" ta="right">
                      {each.label}
                    </Table.Th>
                  ))}
                  <Table.Th scope="col" ta="right">
                    No success
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                <Outcomes name={`Version ${staged.version}, staged`} counts={staged.outcomes.staged} />
                <Outcomes name={`Version ${one.version}, the others`} counts={staged.outcomes.others} />
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <DiffView
          changes={staged.changes}
          from={`Version ${one.version}`}
          to={`Version ${staged.version}`}
          label="What the staged edit changes"
          nameOf={fieldName}
        />
      </Stack>
      <ConfirmDialog
        opened={asks === "promote"}
        onClose={() => setAsks(null)}
        title="Promote the staged edit?"
        verb="Promote"
        danger={false}
        onConfirm={async () => {
          await promote.mutateAsync();
          toastDone("All products run the staged edit now.");
        }}
      >
        {others > 0
          ? `The other ${plural(others, "product")} will run it too, from the next event on.`
          : "It becomes the current version."}
      </ConfirmDialog>
      <ConfirmDialog
        opened={asks === "discard"}
        onClose={() => setAsks(null)}
        title="Discard the staged edit?"
        verb="Discard"
        onConfirm={async () => {
          await discard.mutateAsync();
          toastDone("The staged edit is discarded.");
        }}
      >
        {plural(trying.length, "product")} that tried it will run version {one.version} again.
      </ConfirmDialog>
    </Panel>
  );
}

function Outcomes({ name, counts }: { name: string; counts: Counts }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {name}
      </Table.Th>
      {kOutcomes.map(({ kind }) => (
        <Table.Td key={kind} ta="right">
          <CountText value={counts[kind]} kind={kind} />
        </Table.Td>
      ))}
      <Table.Td ta="right" className="tabular">
        {formatPercent(counts.error + counts.sleep, total(counts))}
      </Table.Td>
    </Table.Tr>
  );
}
