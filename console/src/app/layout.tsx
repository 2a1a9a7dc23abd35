// The frame of every page: where one is (space), what is there (navigation), who one is (menu), and the command palette.
import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Group,
  Kbd,
  Menu,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure, useWindowEvent } from "@mantine/hooks";
import { useEffect } from "react";
import { Link, Outlet, useLocation, useNavigate } from "react-router";
import { InvitationsBanner } from "../features/invitations/invitations-banner";
import {
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSearch,
  IconServer,
  IconSun,
  IconUser,
  IconUserCircle,
} from "../ui/icons";
import { toastProblem } from "../ui/toast";
import { linksOf } from "./navigation";
import { Palette } from "./palette";
import { signOut, useSession } from "./session";
import { useMaybeSpace } from "./space";
import { SpaceSwitcher } from "./space-switcher";

export function Layout() {
  const space = useMaybeSpace();
  const session = useSession();
  const location = useLocation();
  const [menuOpened, menu] = useDisclosure(false);
  const [paletteOpened, palette] = useDisclosure(false);
  useEffect(() => {
    if (location.pathname !== "") menu.close();
  }, [location.pathname, menu.close]);
  useWindowEvent("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.toggle();
      return;
    }
    const at = event.target as HTMLElement;
    const typing = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    if (event.key === "/" && !typing && !event.metaKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      palette.open();
    }
  });
  const links = linksOf(space, session);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !menuOpened, desktop: links.length === 0 } }}
      padding="md"
    >
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <AppShell.Header style={{ background: "var(--panel)" }}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" miw={0}>
            {links.length > 0 && (
              <Burger opened={menuOpened} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            )}
            <UnstyledButton component={Link} to="/" aria-label="Fleethook, to the start" visibleFrom="xs">
              <Group gap={8} wrap="nowrap">
                <img src="/favicon.svg" width={24} height={24} alt="" />
                <Text fw={700}>Fleethook</Text>
              </Group>
            </UnstyledButton>
            <SpaceSwitcher />
          </Group>
          <Group gap={6} wrap="nowrap">
            <UnstyledButton
              onClick={palette.open}
              aria-label="Search and commands"
              visibleFrom="sm"
              px={10}
              py={5}
              style={{ border: "1px solid var(--line)", borderRadius: 8 }}
            >
              <Group gap={10} wrap="nowrap">
                <IconSearch size={14} aria-hidden />
                <Text size="sm" c="dimmed">
                  Search
                </Text>
                <Kbd size="xs">/</Kbd>
              </Group>
            </UnstyledButton>
            <ActionIcon variant="subtle" color="gray" hiddenFrom="sm" onClick={palette.open} aria-label="Search">
              <IconSearch size={18} aria-hidden />
            </ActionIcon>
            <ThemeMenu />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      {links.length > 0 && (
        <AppShell.Navbar p="xs" style={{ background: "var(--panel)" }} component="nav" aria-label="Main">
          {links.map((link) => (
            <NavLink
              key={link.to}
              component={Link}
              to={link.to}
              label={link.label}
              leftSection={<link.icon size={17} stroke={1.6} aria-hidden />}
              active={link.exact ? location.pathname === link.to : location.pathname.startsWith(link.to)}
              aria-current={location.pathname === link.to ? "page" : undefined}
              style={{ borderRadius: 8 }}
            />
          ))}
        </AppShell.Navbar>
      )}
      <AppShell.Main id="main" tabIndex={-1}>
        <InvitationsBanner />
        <Outlet />
      </AppShell.Main>
      <Palette opened={paletteOpened} onClose={palette.close} />
    </AppShell>
  );
}

const kThemes = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
] as const;

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = kThemes.find((one) => one.value === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Theme">
          <Icon size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {kThemes.map((one) => (
          <Menu.Item
            key={one.value}
            leftSection={<one.icon size={16} aria-hidden />}
            onClick={() => setColorScheme(one.value)}
          >
            {one.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu() {
  const session = useSession();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
      navigate("/login");
    } catch (problem) {
      toastProblem(problem, "Signing out failed");
    }
  };
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Your account">
          <IconUserCircle size={22} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Tooltip label={session.user.username}>
            <Text size="sm" truncate>
              {session.user.name ?? session.user.username}
            </Text>
          </Tooltip>
          {session.user.administrator && (
            <Badge size="xs" variant="default" mt={4}>
              Administrator of this installation
            </Badge>
          )}
        </Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} aria-hidden />}>
          Account
        </Menu.Item>
        {session.user.administrator && (
          <Menu.Item component={Link} to="/instance" leftSection={<IconServer size={16} aria-hidden />}>
            Installation
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={leave} leftSection={<IconLogout size={16} aria-hidden />}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
