// The space one is in, and the way into another: the sandbox, organizations, products that one reaches by their own team.
import { Button, Menu, Text } from "@mantine/core";
import { Link } from "react-router";
import { IconBuilding, IconChevronDown, IconPackage, IconSandbox } from "../ui/icons";
import { useSession } from "./session";
import { useMaybeSpace } from "./space";

export function SpaceSwitcher() {
  const session = useSession();
  const space = useMaybeSpace();
  const own = session.products.filter(
    (product) => !session.organizations.some((organization) => organization.slug === product.organization),
  );
  const label = space?.name ?? "Choose a space";
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          px="sm"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`Space: ${label}`}
          maw={240}
        >
          <Text size="sm" truncate>
            {label}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="70vh" style={{ overflowY: "auto" }}>
        {space?.kind === "product" && space.organization !== null && (
          <Menu.Item
            component={Link}
            to={`/orgs/${space.organization.slug}/integrations`}
            leftSection={<IconBuilding size={16} aria-hidden />}
          >
            Up to {space.organization.name}
          </Menu.Item>
        )}
        <Menu.Label>Organizations</Menu.Label>
        {session.organizations.map((one) => (
          <Menu.Item
            key={one.id}
            component={Link}
            to={`/orgs/${one.slug}/integrations`}
            leftSection={<IconBuilding size={16} aria-hidden />}
            rightSection={
              <Text size="xs" c="dimmed">
                {one.role}
              </Text>
            }
          >
            {one.name}
          </Menu.Item>
        ))}
        <Menu.Item component={Link} to="/?new=organization">
          New organization…
        </Menu.Item>
        {own.length > 0 && <Menu.Label>Products</Menu.Label>}
        {own.map((one) => (
          <Menu.Item
            key={one.id}
            component={Link}
            to={`/products/${one.slug}`}
            leftSection={<IconPackage size={16} aria-hidden />}
          >
            {one.name}
          </Menu.Item>
        ))}
        <Menu.Label>Yours alone</Menu.Label>
        <Menu.Item component={Link} to="/sandbox/integrations" leftSection={<IconSandbox size={16} aria-hidden />}>
          Sandbox
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
