import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds a running server.
const server = process.env.FLEETHOOK_URL ?? "http://127.0.0.1:8080";
const served = ["/v1", "/oauth", "/healthz", "/readyz", "/openapi.json"];

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // One sheet: Mantine's styles are needed by the first screen anyway.
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    // The server compares Origin with Host, so both are made its own.
    proxy: Object.fromEntries(
      served.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }]),
    ),
  },
  test: { environment: "node", include: ["src/**/*.test.ts"], env: { TZ: "UTC" } },
});
