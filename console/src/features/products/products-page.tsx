// The products of an organization, or one's own.
import { Group, Text, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { productPath, useProducts } from "../../api/products";
import type { Product } from "../../api/types";
import { useSpace } from "../../app/space";
import { formatCount, plural } from "../../lib/format";
import { platformName } from "../../lib/platforms";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { CopyIcon } from "../../ui/copy";
import { CountText } from "../../ui/counts";
import { Empty } from "../../ui/empty";
import { IconPlus, IconSearch } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { type Column, VirtualTable } from "../../ui/virtual-table";
import { CreateDialog } from "./create-dialog";
import { findProducts, integrationsByProduct } from "./products";
import classes from "./products-page.module.css";

export function Page() {
  const space = useSpace();
  const query = useProducts(space);
  const [typed, setTyped] = useTypedUrlState("q");
  const [creating, setCreating] = useUrlState("new", "", true);
  const add = (
    <PermittedButton
      allowed={space.kind === "sandbox" ? { ok: true, reason: "" } : space.can("products:create")}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setCreating("1")}
    >
      New product
    </PermittedButton>
  );
  return (
    <PageFrame
      title="Products"
      hint={
        space.kind === "sandbox"
          ? "Your own products, which belong to no organization"
          : "What integrations run on: each has its devices, its events and its variables"
      }
      actions={add}
    >
      <QueryView
        query={query}
        isEmpty={(products) => products.length === 0}
        empty={
          <Empty title="No product yet" action={add}>
            A product stands for one kind of device. Make one, add its devices, and choose the integrations that run on
            it.
          </Empty>
        }
      >
        {(products) => (
          <>
            <Group justify="space-between" gap="sm">
              <TextInput
                aria-label="Search products"
                placeholder="Name, slug or id"
                leftSection={<IconSearch size={16} aria-hidden />}
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                style={{ flex: "0 1 360px" }}
              />
              <Text size="sm" c="dimmed">
                {plural(products.length, "product")}
              </Text>
            </Group>
            <ProductTable products={products} typed={typed} />
          </>
        )}
      </QueryView>
      {creating !== "" && <CreateDialog onClose={() => setCreating("")} />}
    </PageFrame>
  );
}

function ProductTable({ products, typed }: { products: Product[]; typed: string }) {
  const space = useSpace();
  const inOrganization = space.kind === "organization";
  const integrations = useIntegrations(space);
  const counts = useMemo(() => integrationsByProduct(integrations.data ?? []), [integrations.data]);
  const rows = useMemo(() => findProducts(products, typed), [products, typed]);
  const columns = useMemo((): Column<Product>[] => {
    const all: Column<Product>[] = [
      {
        id: "name",
        title: "Name",
        className: classes.name,
        cell: (one) => (
          <Text component={Link} to={productPath(one.slug)} size="sm" fw={600} c="var(--mantine-color-anchor)" truncate>
            {one.name}
          </Text>
        ),
      },
      {
        id: "slug",
        title: "Slug",
        width: "20%",
        className: classes.slug,
        cell: (one) => (
          <Text span size="sm" className="mono" truncate>
            {one.slug}
          </Text>
        ),
      },
      {
        id: "id",
        title: "Id",
        width: "110px",
        className: classes.id,
        cell: (one) => (
          <Group gap={2} wrap="nowrap">
            <Text span size="sm" className="tabular">
              {one.id}
            </Text>
            <CopyIcon value={String(one.id)} label={`Copy the id of ${one.name}`} />
          </Group>
        ),
      },
      {
        id: "platform",
        title: "Platform",
        width: "150px",
        className: classes.platform,
        cell: (one) => (
          <Text span size="sm" title={`Platform ${one.platform_id}`}>
            {platformName(one.platform_id)}
          </Text>
        ),
      },
      {
        id: "devices",
        title: "Devices",
        width: "110px",
        numeric: true,
        className: classes.devices,
        cell: (one) => (
          <Text component={Link} to={`${productPath(one.slug)}/devices`} size="sm" c="var(--mantine-color-anchor)">
            {formatCount(one.device_count)}
          </Text>
        ),
      },
    ];
    if (inOrganization) {
      all.push({
        id: "integrations",
        title: "Integrations",
        width: "120px",
        numeric: true,
        className: classes.integrations,
        cell: (one) => <CountText value={counts.get(one.id) ?? 0} kind="plain" />,
      });
    }
    return all;
  }, [counts, inOrganization]);
  if (rows.length === 0) return <Empty title="No product fits the search" />;
  return (
    <VirtualTable
      label="Products"
      rows={rows}
      columns={columns}
      keyOf={keyOf}
      rowHeight={46}
      compactHeight={68}
      compactBelow={680}
      compactClass={classes.card}
    />
  );
}

const keyOf = (one: Product) => String(one.id);
