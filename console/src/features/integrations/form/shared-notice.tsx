// In a product, above a shared integration that cannot be edited there: whose it is besides, and what one can do.
import { Alert, Anchor, Group, Text } from "@mantine/core";
import { Link, useNavigate } from "react-router";
import { segment } from "../../../api/client";
import type { IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { IconShare2 } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";

export function SharedNotice({ detail }: { detail: IntegrationDetail }) {
  const space = useSpace();
  const navigate = useNavigate();
  const others = (detail.products ?? []).filter((one) => one.id !== space.product?.id);
  const unseen = detail.more_products ?? 0; // of which this person is no member
  const organization = space.organization;
  return (
    <Alert
      component="section"
      color="blue"
      role="region"
      aria-label="Shared integration"
      title="Shared integration"
      icon={<IconShare2 aria-hidden />}
    >
      <Text size="sm" mb="sm">
        It also runs on{" "}
        {others.map((one, index) => (
          <span key={one.id}>
            {index > 0 && (index === others.length - 1 && unseen === 0 ? " and " : ", ")}
            <Anchor
              component={Link}
              to={`/products/${segment(one.slug ?? one.id)}`}
              size="sm"
              c="inherit"
              td="underline"
            >
              {one.name ?? one.slug ?? one.id}
            </Anchor>
          </span>
        ))}
        {unseen > 0 &&
          `${others.length > 0 ? " and " : ""}${plural(unseen, others.length > 0 ? "more product" : "other product")}`}
        , so it is not edited in one product. Separate it to give this product settings of its own.
      </Text>
      <Group gap="xs">
        <PermittedButton
          allowed={space.can("integrations:separate")}
          size="xs"
          onClick={() => navigate(`${space.path}/integrations/${detail.id}/separate`)}
        >
          Separate integration
        </PermittedButton>
        {organization !== null && (
          <Anchor
            component={Link}
            to={`/orgs/${segment(organization.slug)}/integrations/${detail.id}/edit`}
            size="sm"
            c="inherit"
            td="underline"
          >
            Edit for all products
          </Anchor>
        )}
      </Group>
    </Alert>
  );
}
