// What there is in a space: the links of the sidebar, and of the command palette.

import type { Session } from "../api/types";
import {
  IconActivity,
  IconBraces,
  IconCpu,
  IconHistory,
  IconKey,
  IconListDetails,
  IconMailX,
  IconPackages,
  IconPlugConnected,
  IconRobot,
  IconSettings,
  IconTopologyStar3,
  IconUsers,
} from "../ui/icons";
import type { Space } from "./space";

export interface NavigationLink {
  label: string;
  to: string;
  icon: typeof IconActivity;
  exact?: boolean;
}

export function linksOf(space: Space | null, _session: Session): NavigationLink[] {
  if (space === null) return [];
  const at = (rest: string) => `${space.path}${rest}`;
  const common: NavigationLink[] = [
    { label: "Integrations", to: at("/integrations"), icon: IconTopologyStar3 },
    { label: "Events", to: at("/events"), icon: IconActivity },
    { label: "Event log", to: at("/event-log"), icon: IconHistory },
    { label: "Dead letters", to: at("/dead-letters"), icon: IconMailX },
  ];
  switch (space.kind) {
    case "organization":
      return [
        ...common,
        { label: "Products", to: at("/products"), icon: IconPackages },
        { label: "Secrets", to: at("/secrets"), icon: IconKey },
        { label: "Variables", to: at("/variables"), icon: IconBraces },
        { label: "Team", to: at("/team"), icon: IconUsers },
        { label: "API users", to: at("/api-users"), icon: IconRobot },
        { label: "Audit", to: at("/audit"), icon: IconListDetails },
        { label: "Settings", to: at("/settings"), icon: IconSettings },
      ];
    case "product":
      return [
        { label: "Overview", to: space.path, icon: IconPlugConnected, exact: true },
        ...common,
        { label: "Devices", to: at("/devices"), icon: IconCpu },
        { label: "Variables", to: at("/variables"), icon: IconBraces },
        { label: "Team", to: at("/team"), icon: IconUsers },
        { label: "API users", to: at("/api-users"), icon: IconRobot },
        { label: "Audit", to: at("/audit"), icon: IconListDetails },
        { label: "Settings", to: at("/settings"), icon: IconSettings },
      ];
    case "sandbox":
      return [
        ...common,
        { label: "Devices", to: at("/devices"), icon: IconCpu },
        { label: "Products", to: at("/products"), icon: IconPackages },
        { label: "Secrets", to: at("/secrets"), icon: IconKey },
        { label: "Audit", to: at("/audit"), icon: IconListDetails },
      ];
  }
}
