// Before a new one is saved: those that have the same settings already, and what saving makes of that.
import { Alert, Anchor, List, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { integrationsQuery } from "../../../api/integrations";
import type { GroupIdentical, Integration } from "../../../api/types";
import { organizationQuery, type Space, useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { nameOf } from "../../../lib/integration";
import type { SettingsForm } from "./form-state";
import { fingerprint, type Scope, settingsOfAnswer } from "./settings-model";

export function identicalOnes(all: Integration[], print: string, scope: Scope): Integration[] {
  return all.filter(
    (one) => one.merged_into === undefined && fingerprint(settingsOfAnswer(one, scope), scope) === print,
  );
}

export function IdenticalNotice({ form }: { form: SettingsForm }) {
  const space = useSpace();
  const organization = space.organization;
  // In a product what counts is all of its organization.
  const where =
    space.kind === "product" && organization !== null ? { ...space, api: `/v1/orgs/${organization.slug}` } : space;
  const query = useQuery({ ...integrationsQuery(where), staleTime: 30_000 });
  // The session's copy of it does not know of changes of the setting.
  const settings = useQuery({ ...organizationQuery(organization?.slug ?? ""), enabled: organization !== null });
  const print = useMemo(() => fingerprint(form.settings, form.scope), [form.settings, form.scope]);
  const [settled] = useDebouncedValue(print, 300);
  const found = useMemo(
    () => (form.draft.event === "" ? [] : identicalOnes(query.data ?? [], settled, form.scope)),
    [query.data, settled, form.scope, form.draft.event],
  );
  if (found.length === 0 || form.blocked !== null) return null;
  const grouping = settings.data?.group_identical ?? organization?.group_identical ?? "off";
  return (
    <Alert
      color="yellow"
      styles={{ title: { color: "var(--mantine-color-text)" } }}
      role="status"
      title={`${plural(found.length, "integration has", "integrations have")} exactly these settings`}
    >
      <List size="sm" spacing={2} mb={6}>
        {found.map((one) => (
          <List.Item key={one.id}>
            <Anchor component={Link} to={`${pathOf(space)}/integrations/${one.id}`} target="_blank" size="sm">
              {nameOf(one)}
            </Anchor>
            {one.products !== undefined && (
              <Text span size="sm">
                {" "}
                on {one.products.map((product) => product.name ?? product.slug ?? product.id).join(", ")}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
      <Text size="sm">{consequence(space, grouping, found)}</Text>
    </Alert>
  );
}

function pathOf(space: Space): string {
  return space.kind === "product" && space.organization !== null ? `/orgs/${space.organization.slug}` : space.path;
}

function consequence(space: Space, grouping: GroupIdentical, found: Integration[]): string {
  if (space.kind === "sandbox") return "Saving makes one more: an event that matches both fires both.";
  const here = found.some((one) => one.product_ids?.includes(space.product?.id ?? -1));
  if (space.kind === "product") {
    if (here) return "One of them runs on this product already: an event that matches both fires both.";
    if (grouping === "auto") {
      return "Creating it here joins that integration: it runs on this product too, and no second one is made.";
    }
    if (grouping === "suggest") return "A second one is made, and both lists name the other: they can be merged.";
    return "A second one is made: this organization does not group identical integrations.";
  }
  const merge = grouping === "off" ? "" : " The two can be merged afterwards.";
  return `Saving makes one more: on a product that has both, an event fires both. Adding products to that one is mostly better.${merge}`;
}
