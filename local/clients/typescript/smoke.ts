// What a client written against deskhand.ts may say, and what it may not. It is compiled, not run.

import createClient from "openapi-fetch";
import type { components, paths } from "./deskhand";

const api = createClient<paths>({ baseUrl: "https://desk.example.com", headers: { "X-API-Key": "a key" } });

export async function playbookNames(): Promise<string[]> {
  const { data, error } = await api.GET("/api/v1/playbooks", { params: { query: { limit: 10 } } });
  if (error) throw new Error(`${error.code}: ${error.error}`);
  return data.items.map((playbook: components["schemas"]["PlaybookItem"]) => playbook.playbook_id);
}

export async function run(ticket: string): Promise<string> {
  const { data, error } = await api.POST("/api/v1/orchestration/execute_playbook", {
    body: { ticket_id: ticket, playbook_id: "password_reset", context: { user_email: "john.doe@company.com" } },
  });
  if (error) throw new Error(error.error);
  return data.execution_id;
}

export async function refused(): Promise<void> {
  // @ts-expect-error: there is no such route.
  await api.GET("/api/v1/no_such_route");
  // @ts-expect-error: a run needs its playbook.
  await api.POST("/api/v1/orchestration/execute_playbook", { body: { ticket_id: "HLP-12345" } });
}
