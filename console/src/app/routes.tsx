// Every address of the console. Pages are loaded when they are first opened; one line here is one screen.
import type { ComponentType } from "react";
import { createBrowserRouter, Navigate, Outlet, type RouteObject } from "react-router";
import { Layout } from "./layout";
import { NotFoundPage, RouteProblem } from "./problem";
import { SessionProvider } from "./session";
import { OrganizationSpace, ProductSpace, SandboxSpace } from "./space";

type Page = () => Promise<{ Page: ComponentType }>;
const page = (path: string, load: Page): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).Page }),
});
const lead = (path: string, to: string): RouteObject => ({ path, element: <Navigate to={to} replace /> });

// These screens are the same in every space.
const integrations: RouteObject[] = [
  page("integrations", () => import("../features/integrations/list-page")),
  page("integrations/new", () => import("../features/integrations/new-page")),
  page("integrations/:id", () => import("../features/integrations/detail-page")),
  page("integrations/:id/edit", () => import("../features/integrations/edit-page")),
];
const events = page("events", () => import("../features/events/events-page"));
const eventLog: RouteObject[] = [
  page("event-log", () => import("../features/event-log/log-page")),
  page("event-log/:event", () => import("../features/event-log/event-page")),
];
const deadLetters: RouteObject[] = [
  page("dead-letters", () => import("../features/dead-letters/letters-page")),
  page("dead-letters/replays", () => import("../features/dead-letters/replays-page")),
  page("dead-letters/replays/:number", () => import("../features/dead-letters/replay-page")),
];

export const routes: RouteObject[] = [
  {
    errorElement: <RouteProblem />,
    children: [
      page("/login", () => import("../features/account/login-page")),
      {
        element: (
          <SessionProvider>
            <Outlet />
          </SessionProvider>
        ),
        children: [
          {
            element: <Layout />,
            errorElement: <RouteProblem />,
            children: [
              page("/", () => import("../features/home/home-page")),
              page("/account", () => import("../features/account/account-page")),
              page("/invitations", () => import("../features/invitations/invitations-page")),
              page("/invitation/:id", () => import("../features/invitations/invitations-page")),
              page("/instance", () => import("../features/instance/instance-page")),
              page("*", async () => ({ Page: NotFoundPage })),
            ],
          },
          {
            path: "/orgs/:org",
            element: (
              <OrganizationSpace>
                <Layout />
              </OrganizationSpace>
            ),
            errorElement: <RouteProblem />,
            children: [
              { index: true, element: <Navigate to="integrations" replace /> },
              ...integrations,
              events,
              ...eventLog,
              ...deadLetters,
              page("products", () => import("../features/products/products-page")),
              page("secrets", () => import("../features/secrets/secrets-page")),
              page("variables", () => import("../features/variables/variables-page")),
              page("team", () => import("../features/team/team-page")),
              page("api-users", () => import("../features/team/api-users-page")),
              page("audit", () => import("../features/audit/audit-page")),
              page("settings", () => import("../features/settings/settings-page")),
              page("*", async () => ({ Page: NotFoundPage })),
            ],
          },
          {
            path: "/products/:product",
            element: (
              <ProductSpace>
                <Layout />
              </ProductSpace>
            ),
            errorElement: <RouteProblem />,
            children: [
              page("", () => import("../features/products/product-page")),
              ...integrations,
              page("integrations/:id/separate", () => import("../features/integrations/separate-page")),
              events,
              ...eventLog,
              ...deadLetters,
              page("devices", () => import("../features/devices/devices-page")),
              page("variables", () => import("../features/variables/variables-page")),
              page("team", () => import("../features/team/team-page")),
              page("api-users", () => import("../features/team/api-users-page")),
              page("audit", () => import("../features/audit/audit-page")),
              page("settings", () => import("../features/products/product-settings-page")),
              page("*", async () => ({ Page: NotFoundPage })),
            ],
          },
          {
            path: "/sandbox",
            element: (
              <SandboxSpace>
                <Layout />
              </SandboxSpace>
            ),
            errorElement: <RouteProblem />,
            children: [
              { index: true, element: <Navigate to="integrations" replace /> },
              ...integrations,
              events,
              ...eventLog,
              ...deadLetters,
              page("devices", () => import("../features/devices/sandbox-devices-page")),
              page("products", () => import("../features/products/products-page")),
              page("secrets", () => import("../features/secrets/secrets-page")),
              page("audit", () => import("../features/audit/audit-page")),
              page("*", async () => ({ Page: NotFoundPage })),
            ],
          },
          lead("/orgs", "/"),
          lead("/products", "/"),
        ],
      },
    ],
  },
];

export const makeRouter = () => createBrowserRouter(routes);
