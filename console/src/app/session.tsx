// Who is signed in, and what that person may do. Everything below <SessionProvider> can count on a session.
import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect } from "react";
import { Navigate, useLocation, useNavigate } from "react-router";
import { ApiError, request, setCsrf, setUnauthorizedHandler } from "../api/client";
import type { Session } from "../api/types";
import { ErrorPanel } from "../ui/error-panel";
import { queryClient } from "./query-client";

const SessionContext = createContext<Session | null>(null);

export const sessionKey = ["session"];

// nullptr for nobody: a 401 is an answer here, not an error.
async function loadSession(signal?: AbortSignal): Promise<Session | null> {
  try {
    const { data } = await request<Session>("GET", "/v1/session", { signal });
    setCsrf(data.csrf);
    return data;
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 401) return null;
    throw problem;
  }
}

export function useSessionQuery() {
  return useQuery({ queryKey: sessionKey, queryFn: ({ signal }) => loadSession(signal), staleTime: 60_000 });
}

export async function signIn(username: string, password: string): Promise<Session> {
  const { data } = await request<Session>("POST", "/v1/session", { body: { username, password } });
  setCsrf(data.csrf);
  queryClient.clear();
  queryClient.setQueryData(sessionKey, data);
  return data;
}

export async function signOut(): Promise<void> {
  await request("DELETE", "/v1/session");
  forgetSession();
}

// Nothing of the person who was here stays in memory.
export function forgetSession() {
  setCsrf(null);
  queryClient.clear();
  queryClient.setQueryData(sessionKey, null);
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession() outside of a signed-in part");
  return session;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const query = useSessionQuery();
  const location = useLocation();
  const navigate = useNavigate();
  useEffect(() => {
    setUnauthorizedHandler(() => {
      forgetSession();
      const here = window.location.pathname + window.location.search;
      navigate(`/login?next=${encodeURIComponent(here)}&expired=1${window.location.hash}`, { replace: true });
    });
    return () => setUnauthorizedHandler(() => {});
  }, [navigate]);

  if (query.isPending) {
    return (
      <Center mih="60vh">
        <Loader role="status" aria-label="Loading" />
      </Center>
    );
  }
  if (query.isError && query.data === undefined) {
    return (
      <Center mih="60vh">
        <ErrorPanel error={query.error} onRetry={() => query.refetch()} />
      </Center>
    );
  }
  if (query.data === null || query.data === undefined) {
    const here = location.pathname + location.search;
    const to = here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`;
    // What is behind '#' stays there (an invitation's code): a query would be sent to the server.
    return <Navigate to={to + location.hash} replace />;
  }
  return <SessionContext value={query.data}>{children}</SessionContext>;
}
