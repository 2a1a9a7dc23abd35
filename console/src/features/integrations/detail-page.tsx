// One integration: where it runs, how it does, what it is made of, what happened to it.
import { Alert, Anchor, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useParams } from "react-router";
import { ApiError, segment } from "../../api/client";
import { useIntegration } from "../../api/integrations";
import type { IntegrationDetail } from "../../api/types";
import { useSpace } from "../../app/space";
import { destinationOf } from "../../lib/format";
import { nameOf, statesOf } from "../../lib/integration";
import { useUrlState } from "../../lib/url-state";
import { Copyable, CurlButton } from "../../ui/copy";
import { Empty } from "../../ui/empty";
import { Page as PageFrame } from "../../ui/page";
import { QueryView } from "../../ui/query-view";
import { StateBadge } from "../../ui/state-badge";
import { WarningList } from "./form/warning-parts";
import { ConfigurationTab } from "./view/configuration-tab";
import { HeaderActions } from "./view/header-actions";
import { LogTab } from "./view/log-tab";
import { OverviewTab } from "./view/overview-tab";
import { ProductsTab } from "./view/products-tab";
import { rightsOf } from "./view/rights";
import { SharedBanner } from "./view/shared-banner";
import { VersionsTab } from "./view/versions-tab";

export function Page() {
  const { id = "" } = useParams();
  const space = useSpace();
  const query = useIntegration(space, id, 5_000);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotThere />;
  return <QueryView query={query}>{(one) => <View key={id} one={one} />}</QueryView>;
}

function NotThere() {
  const space = useSpace();
  return (
    <PageFrame title="No such integration" crumbs={[{ label: "Integrations", to: `${space.path}/integrations` }]}>
      <Empty
        title="It is not here"
        action={
          <Button component={Link} to={`${space.path}/integrations`} variant="default">
            All integrations
          </Button>
        }
      >
        {space.name} has no integration with this address. It may be deleted, or have left this product.
      </Empty>
    </PageFrame>
  );
}

function View({ one }: { one: IntegrationDetail }) {
  const space = useSpace();
  const [tab, setTab] = useUrlState("tab", "overview", true);
  const rights = rightsOf(space, one);
  // On a phone the tabs are wider than the screen.
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const active = tabs.current?.querySelector(`[data-tab="${CSS.escape(tab)}"]`);
    active?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab]);
  return (
    <PageFrame
      title={nameOf(one)}
      crumbs={[{ label: "Integrations", to: `${space.path}/integrations` }]}
      hint={<Facts one={one} />}
      actions={<HeaderActions one={one} rights={rights} />}
    >
      {one.merged_into !== undefined && (
        <Alert color="yellow" title="Merged">
          It ended in{" "}
          <Anchor component={Link} to={`${space.path}/integrations/${one.merged_into}`} inherit underline="always">
            another integration
          </Anchor>
          , which runs on its products now. What it did stays here for 30 days.
        </Alert>
      )}
      <WarningList warnings={one.warnings ?? []} />
      {one.shared && <SharedBanner one={one} rights={rights} />}
      <Tabs value={tab} onChange={(value) => setTab(value ?? "overview")} keepMounted={false}>
        <Tabs.List ref={tabs} mb="md" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          <Tabs.Tab value="overview" data-tab="overview">
            Overview
          </Tabs.Tab>
          <Tabs.Tab value="requests" data-tab="requests">
            Requests
          </Tabs.Tab>
          <Tabs.Tab value="errors" data-tab="errors">
            Errors
          </Tabs.Tab>
          {space.kind !== "sandbox" && (
            <Tabs.Tab value="products" data-tab="products">
              Products
            </Tabs.Tab>
          )}
          <Tabs.Tab value="versions" data-tab="versions">
            Versions
          </Tabs.Tab>
          <Tabs.Tab value="configuration" data-tab="configuration">
            Configuration
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <OverviewTab one={one} rights={rights} />
        </Tabs.Panel>
        <Tabs.Panel value="requests">
          <LogTab key="requests" one={one} kind="requests" />
        </Tabs.Panel>
        <Tabs.Panel value="errors">
          <LogTab key="errors" one={one} kind="errors" />
        </Tabs.Panel>
        <Tabs.Panel value="products">
          <ProductsTab one={one} rights={rights} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab one={one} rights={rights} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration">
          <ConfigurationTab one={one} />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}

// What it is, in two lines under the name.
function Facts({ one }: { one: IntegrationDetail }) {
  const space = useSpace();
  return (
    <Stack gap={4} mt={4}>
      <Group gap="xs">
        {statesOf(one, undefined, space.kind === "product" ? space.slug : undefined).map((state) => (
          <StateBadge key={state} state={state} />
        ))}
        <Text size="sm" span style={{ overflowWrap: "anywhere" }}>
          <code>{one.event}</code> → <span title={one.url}>{destinationOf(one.url)}</span>
        </Text>
      </Group>
      <Group gap="xs">
        <Copyable value={one.id} label="Copy id" />
        <CurlButton method="GET" path={`${space.api}/integrations/${segment(one.id)}`} />
        {one.separated_from !== undefined && (
          <Text size="sm" span>
            Separated from{" "}
            <Anchor component={Link} inherit underline="always" to={originOf(space, one.separated_from)}>
              {one.separated_from}
            </Anchor>
          </Text>
        )}
      </Group>
    </Stack>
  );
}

// What a copy was separated from need not run on its product any more: it is at the organization.
function originOf(space: ReturnType<typeof useSpace>, id: string): string {
  const path = space.organization === null ? space.path : `/orgs/${space.organization.slug}`;
  return `${path}/integrations/${id}`;
}
