// @ts-check
/** The parts of administration by what they are about, and who may open them. */
import { ADMINS, LEADS } from "../shared/places.js";
import { AuditPage } from "./audit.js";
import { CalendarsPage } from "./calendars.js";
import { CannedPage } from "./canned.js";
import { CaptionsPage } from "./captions.js";
import { ChannelsPage } from "./channels.js";
import { ImportPage } from "./imports.js";
import { KnowledgePage } from "./knowledge.js";
import { MacrosPage } from "./macros.js";
import { NumbersPage } from "./numbers.js";
import { ParkedPage } from "./parked.js";
import { PrivacyPage } from "./privacy.js";
import { PromisesPage } from "./promises.js";
import { QueuesPage } from "./queues.js";
import { RetentionPage } from "./retention.js";
import { RulesPage } from "./rules.js";
import { ScorecardsPage } from "./scorecards.js";
import { SkillsPage } from "./skills.js";
import { TokensPage } from "./tokens.js";
import { TrunksPage } from "./trunks.js";
import { UsersPage } from "./users.js";
import { WebhooksPage } from "./webhooks.js";
import { WrapUpPage } from "./wrap_up.js";

/** @typedef {{ id: string, icon: string, page: (props: any) => any, roles?: string[], isBare?: boolean }} Part `isBare`: without a head of its own */

/** Groups are named by `adm.group.ID`, parts by `admin.part.ID`. @type {{ id: string, parts: Part[] }[]} */
const GROUPS = [
  {
    id: "people",
    parts: [
      { id: "users", icon: "person", page: UsersPage },
      { id: "skills", icon: "check", page: SkillsPage },
      { id: "wrap_up", icon: "note", page: WrapUpPage },
      { id: "scorecards", icon: "check", page: ScorecardsPage },
    ],
  },
  {
    id: "routing",
    parts: [
      { id: "queues", icon: "queue", page: QueuesPage },
      { id: "promises", icon: "check", page: PromisesPage, isBare: true },
      { id: "calendars", icon: "clock", page: CalendarsPage, isBare: true },
      { id: "rules", icon: "flow", page: RulesPage, roles: LEADS },
    ],
  },
  {
    id: "telephony",
    parts: [
      { id: "numbers", icon: "phone", page: NumbersPage },
      { id: "trunks", icon: "phone-out", page: TrunksPage },
      { id: "captions", icon: "text", page: CaptionsPage },
    ],
  },
  {
    id: "channels",
    parts: [
      { id: "channels", icon: "chat", page: ChannelsPage, isBare: true },
      { id: "parked", icon: "warning", page: ParkedPage, isBare: true },
    ],
  },
  {
    id: "content",
    parts: [
      { id: "canned", icon: "text", page: CannedPage, roles: LEADS },
      { id: "knowledge", icon: "note", page: KnowledgePage, roles: LEADS },
      { id: "macros", icon: "play", page: MacrosPage, roles: LEADS },
      { id: "import", icon: "clip", page: ImportPage, isBare: true },
    ],
  },
  {
    id: "privacy",
    parts: [
      { id: "privacy", icon: "person", page: PrivacyPage },
      { id: "retention", icon: "clock", page: RetentionPage },
    ],
  },
  {
    id: "system",
    parts: [
      { id: "webhooks", icon: "globe", page: WebhooksPage },
      { id: "tokens", icon: "case", page: TokensPage },
      { id: "audit", icon: "text", page: AuditPage, isBare: true },
    ],
  },
];

/** @param {string | undefined} role */
export function groupsFor(role) {
  const may = (/** @type {Part} */ part) => role !== undefined && (part.roles ?? ADMINS).includes(role);
  return GROUPS.map((group) => ({ ...group, parts: group.parts.filter(may) })).filter((group) => group.parts.length > 0);
}
