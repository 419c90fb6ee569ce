// Reports opencode's events to the town, and gives a person's answers beside its dialogs.
import { ask, report, refusal } from "./report.mjs"

const textOf = (parts) => (parts ?? []).filter((part) => part.type === "text" && !part.synthetic).map((part) => part.text).join("\n")

// The call behind a permission, in full: its own words name only what is allowed by it.
function permission(about, call) {
  const patterns = [about.patterns ?? about.pattern ?? []].flat()
  const given = call?.args ?? { command: patterns.join("\n") || about.title || "" }
  const reach = about.permission === "external_directory" ? { description: `wants to reach ${patterns.join(", ")}` } : {}
  const diff = typeof about.metadata?.diff === "string" ? { diff: about.metadata.diff } : {}
  const always = (about.always ?? []).map((pattern) => ({ toolName: about.permission, ruleContent: pattern }))
  return {
    tool_name: call?.tool ?? about.permission ?? about.type ?? "",
    tool_input: { ...given, ...reach, ...diff },
    permission_suggestions: always.length ? [{ type: "addRules", rules: always, behavior: "allow" }] : [],
  }
}

const questions = (about) => ({
  tool_name: "AskUserQuestion",
  tool_input: { questions: (about.questions ?? []).map((one) => ({ ...one, multiSelect: one.multiple ?? false })) },
})

// One list of labels for each question; a person's own words are a label, too.
function answersOf(about, decision) {
  const given = decision.updatedInput?.answers ?? {}
  return (about.questions ?? []).map((one) => {
    const said = String(given[one.question] ?? "")
    const known = (one.options ?? []).map((option) => option.label)
    const several = said.split(", ")
    return one.multiple && several.every((label) => known.includes(label)) ? several : [said]
  })
}

export const GasTown = async ({ client }) => {
  const children = new Set() // sessions of sub-agents: their ends are not the agent's
  const said = new Map()
  const known = new Set()
  const calls = new Map() // of tools, by their ids
  const waiting = new Map() // questions that a person may answer, by their ids
  const begin = async (session) => {
    if (known.has(session)) return
    known.add(session)
    await report("SessionStart", { session_id: session, source: "startup" })
  }
  const send = (url, requestID, body) =>
    client._client.post({ url, path: { requestID }, body, headers: { "Content-Type": "application/json" } })
  const answer = async (kind, about, decision) => {
    if (kind === "question")
      return decision.behavior === "allow"
        ? send("/question/{requestID}/reply", about.id, { answers: answersOf(about, decision) })
        : send("/question/{requestID}/reject", about.id, undefined)
    const reply = decision.behavior !== "allow" ? "reject" : decision.updatedPermissions ? "always" : "once"
    return send("/permission/{requestID}/reply", about.id, decision.message ? { reply, message: decision.message } : { reply })
  }
  const publish = async (kind, about, session) => {
    const call = calls.get(about.tool?.callID)
    const asked = ask({ session_id: session, ...(kind === "question" ? questions(about) : permission(about, call)) })
    waiting.set(about.id, asked)
    const decision = await asked.said
    // Without an answer, or where it cannot be given, the dialog stands and its pane takes it.
    if (waiting.delete(about.id) && decision) await answer(kind, about, decision)
  }
  const seen = async (event) => {
    const about = event.properties ?? {}
    const session = about.sessionID ?? about.info?.sessionID ?? about.info?.id ?? ""
    if (event.type === "session.created" && about.info?.parentID) children.add(about.info.id)
    if (event.type === "permission.asked" || event.type === "permission.updated") return publish("permission", about, session)
    if (event.type === "question.asked") return publish("question", about, session)
    if (/^(permission|question)\.(replied|rejected)$/.test(event.type)) {
      const asked = waiting.get(about.requestID ?? about.permissionID)
      waiting.delete(about.requestID ?? about.permissionID)
      return asked?.stop()
    }
    if (children.has(session)) return
    if (event.type === "message.part.updated" && about.part?.type === "text") said.set(about.part.sessionID, about.part.text)
    if (event.type === "session.idle") await report("Stop", { session_id: session, last_assistant_message: said.get(session) ?? "" })
    if (event.type === "session.status" && about.status?.type === "retry")
      await report("StopFailure", { session_id: session, error: "overloaded", error_details: about.status.message ?? "" })
    if (event.type === "session.error" && about.error?.name !== "MessageAbortedError")
      await report("StopFailure", {
        session_id: session,
        error: about.error?.name === "ProviderAuthError" ? "authentication_failed" : "unknown",
        error_details: about.error?.data?.message ?? about.error?.name ?? "",
      })
  }
  return {
    event: async ({ event }) => {
      // Not awaited by the CLI's own work, and nothing here may stop it.
      seen(event).catch(() => {})
    },
    "chat.message": async (input, output) => {
      if (children.has(input.sessionID)) return
      await begin(input.sessionID)
      await report("UserPromptSubmit", { session_id: input.sessionID, prompt: textOf(output.parts) })
    },
    "tool.execute.before": async (input, output) => {
      calls.set(input.callID, { tool: input.tool, args: output.args })
      const why = await refusal({ session_id: input.sessionID, tool_name: input.tool, tool_input: output.args })
      if (why) throw new Error(why)
    },
    "tool.execute.after": async (input) => {
      calls.delete(input.callID)
    },
  }
}
