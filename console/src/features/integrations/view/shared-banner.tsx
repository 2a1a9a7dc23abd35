// On top of a shared integration: where else it runs, and what that means for changing it.
import { Anchor, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";
import type { Integration } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { IconArrowsSplit2, IconShare2 } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";
import { ProductLinks } from "./product-link";
import { type Rights, seenFromOne } from "./rights";

const kNamedMax = 12;

export function SharedBanner({ one, rights }: { one: Integration; rights: Rights }) {
  const space = useSpace();
  const [all, setAll] = useState(false);
  const products = (one.products ?? []).filter((product) => !product.removed);
  const fromProduct = seenFromOne(space, one);
  const others = fromProduct ? products.filter((product) => product.slug !== space.slug) : products;
  const named = all ? others : others.slice(0, kNamedMax);
  const rest = others.length - named.length;
  const unseen = one.more_products ?? 0; // of which this person is no member
  const count = others.length + unseen;
  return (
    <Paper
      withBorder
      component="section"
      aria-label="Shared integration"
      p="md"
      style={{
        background: "light-dark(#eef6fd, #1b2a38)",
        borderColor: "light-dark(#bfdcf3, #30495f)",
      }}
    >
      <Group gap="md" justify="space-between" align="flex-start">
        <Group gap="sm" wrap="nowrap" align="flex-start" style={{ flex: "1 1 320px", minWidth: 0 }}>
          <IconShare2 size={20} aria-hidden style={{ flex: "none", marginTop: 2 }} />
          <div>
            <Text fw={650}>
              {fromProduct
                ? `Shared: it runs on ${plural(count, "other product")} too`
                : `Shared: one integration on ${plural(products.length, "product")}`}
            </Text>
            <Text size="sm" component="div">
              {fromProduct ? "The same integration runs on " : "It runs on "}
              {named.length === 0 && `${plural(unseen, "product")} that you do not see`}
              <ProductLinks products={named} />
              {rest > 0 && (
                <>
                  {" "}
                  <Anchor component="button" type="button" inherit underline="always" onClick={() => setAll(true)}>
                    and {rest} more
                  </Anchor>
                </>
              )}
              {named.length > 0 && unseen > 0 && ` and ${plural(unseen, "more product", "more products")}`}
              {". "}
              {fromProduct
                ? "Editing would change it there as well, so here it is read-only. Separate it to give this product settings of its own."
                : "An edit changes it on all of them at once. For a single difference on one product, set an override or a variable there; for more, open it in the product and separate it."}
            </Text>
          </div>
        </Group>
        {fromProduct && (
          <Group gap="xs">
            <PermittedButton
              allowed={rights.separate}
              to={`${space.path}/integrations/${one.id}/separate`}
              size="sm"
              leftSection={<IconArrowsSplit2 size={16} aria-hidden />}
            >
              Separate integration
            </PermittedButton>
            {space.organization !== null && (
              <PermittedButton
                allowed={{ ok: true, reason: "" }}
                to={`/orgs/${space.organization.slug}/integrations/${one.id}/edit`}
                size="sm"
                variant="default"
              >
                Edit for all products
              </PermittedButton>
            )}
          </Group>
        )}
      </Group>
    </Paper>
  );
}
