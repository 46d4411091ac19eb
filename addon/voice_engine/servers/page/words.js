// What the page says, in every language it speaks.

const english = {
  calls: "At the door",
  nobody: "Nobody is at the door.",
  last: "Last call",
  no_last: "Nobody has called since the engine started.",
  phones: "Telephone system",
  doors: "Doors",
  refused: "Turned away",
  engines: "Engines",

  link_connecting: "Connecting…",
  link_live: "Live",
  link_lost: "Connection lost; trying again",
  link_locked: "Locked",

  phones_connected: "Asterisk is connected: residents can be called.",
  phones_missing:
    "Asterisk's manager login is not set, so residents cannot be called. Set asterisk.username and asterisk.password, then restart.",
  phones_lost: "Asterisk is not connected: residents cannot be called.",

  speech_understood: "Visitors and residents speak, or use the keypad.",
  speech_missing: (language) =>
    `Visitors and residents use the keypad: speech is not understood in ${language}. To have them understood, configure speech recognition for that language, or choose another language.`,

  problem_asterisk_unreachable: ({ host, port }) =>
    `Nobody answers at ${host}, port ${port}. Check asterisk.host and asterisk.port, and that manager.conf has enabled = yes and a bindaddr that can be reached from here.`,
  problem_not_asterisk: ({ host, port }) =>
    `What answers at ${host}, port ${port}, is not Asterisk's manager interface. Check asterisk.host and asterisk.port.`,
  problem_login_refused: ({ detail }) =>
    `Asterisk refused the login (${detail}). asterisk.username and asterisk.password must be those of a user in manager.conf, whose permit and deny lines must let this machine in.`,
  problem_connection_lost: () => "The connection to Asterisk was lost. The engine keeps trying.",
  problem_foreign_network: ({ address, network }) =>
    `${address} is in none of the networks of audiosocket.allowed_networks. If it is your Asterisk, add ${network} there.`,
  problem_unknown_leg: () =>
    "It brought a call to the residents' port that the engine did not ask for, or does not wait for any more. Visitors' calls belong to audiosocket.visitor_port.",
  problem_microphone_unavailable: ({ detail }) =>
    `The microphone gives no sound (${detail}). Check microphone.source and microphone.device, and that it is plugged in. The engine keeps trying.`,
  problem_microphone_silent: () =>
    "The microphone gives digital silence: it is muted, or another device has to be chosen (microphone.device).",
  problem_microphone_not_understood: ({ detail }) => `What was said could not be transcribed (${detail}).`,
  microphone: "Microphone",
  microphone_off: "Off: the room is not listened to.",
  microphone_starting: "Starting…",
  microphone_listening: "It listens.",
  microphone_no_signal: "It gives no signal.",
  microphone_unavailable: "It is not there.",
  microphone_heard: (heard, lost) => `${heard} sentences understood${lost ? `, ${lost} lost` : ""}`,
  switch_on: "Switch on",
  switch_off: "Switch off",
  port_stt: "Speech recognition",
  port_tts: "Voice",
  port_llm: "Language model",
  none_stt: "None: visitors use the keypad.",
  none_tts: "None.",
  none_llm: "None: rules alone understand what is said.",
  backend_idle: "not used yet",
  backend_warming: "warming up",
  backend_ready: "ready",
  backend_failed: "left out until it works again",
  backend_timeout: "It did not answer in time.",
  backend_unavailable: "It is not there, or out of reach.",
  backend_without_model: "The file of its model is missing, or is no model.",
  backend_overloaded: "It takes no more work now.",
  backend_rate_limited: "It was asked too often.",
  backend_refused: "It does not accept the key.",
  backend_misused: "It does not accept what it is asked for; its model or voice may not exist.",
  backend_garbled: "Its answer makes no sense.",
  serves: (state) => `${state}, asked first`,
  downloading: (done, total) => `Its model is being downloaded: ${done.toFixed(0)} of ${total.toFixed(0)} MB`,

  machine: "System",
  keeps_up: "The machine keeps up.",
  holds_back: (reasons) => `The machine is at its limit${reasons.length ? ` (${reasons.join(", ")})` : ""}.`,
  machine_silent: "The machine tells nothing of its load.",
  cpu: (share) => `Processor ${share}`,
  memory: (share) => `Memory ${share}`,
  under_voltage: "The power supply is too weak: the machine may stop at any moment.",
  reason_busy: "many calls and a busy processor",
  reason_memory: "memory",
  reason_temperature: "heat",
  reason_under_voltage: "a weak power supply",
  relief_slower_lead: "Sentences begin a little more slowly.",
  relief_no_speculation: "Nothing is transcribed before its end is certain.",
  relief_smaller_audio_context: "Recognition looks at less sound.",
  relief_batch_paused: "Recordings wait.",
  relief_one_api_slot: "One request is worked on at a time.",
  relief_keypad_calls: "New calls are held by keypad.",
  settings_changed: "The settings were changed. Start the app again for them to count.",
  settings_broken: "The settings were changed and cannot be used: the app would not start with them.",

  step_door: "Visitor",
  step_phone: "Phone",
  step_answer: "Answer",
  step_talk: "Talking",

  stage_greeting: "The visitor is asked whom they visit.",
  stage_ringing: "The resident's phone rings.",
  stage_asking: "The resident is asked.",
  stage_talking: "Visitor and resident talk to each other.",
  stage_informing: "The visitor is told.",
  stage_ended: "The call is over.",

  outcome_granted: "Let in",
  outcome_denied: "Not let in",
  outcome_no_answer: "Nobody answered",
  outcome_busy: "Busy",
  outcome_declined: "Call declined",
  outcome_unreachable: "Phone out of reach",
  outcome_do_not_disturb: "Not to be disturbed",
  outcome_left_at_desk: "Left at the desk",
  outcome_missed: "The visitor left",
  outcome_not_understood: "Not understood",
  outcome_failed: "The call failed",

  by_voice: "by voice",
  by_keypad: "by keypad",
  by_home_assistant: "from Home Assistant",
  by_default: "no clear answer",

  unit: (unit) => `Unit ${unit}`,
  unit_unknown: "Not known yet for whom",
  no_unit: "No unit",
  caller: (caller) => `from ${caller}`,
  lasted: (duration) => `${duration} long`,
  tries: (count) => (count === 1 ? "once" : `${count} times`),
  port: (port) => `port ${port}`,
  version: (version) => `Engine ${version}`,

  locked: "This page is locked",
  token_why:
    "It was opened directly, not through Home Assistant. Give the engine's token to go on; the app's log names where to find it.",
  token: "Token",
  token_wrong: "The engine does not know that token.",
  open: "Open",
};

const portuguese = {
  calls: "Na porta",
  nobody: "Não há ninguém na porta.",
  last: "Última chamada",
  no_last: "Ninguém chamou desde que o sistema foi iniciado.",
  phones: "Telefonia",
  doors: "Portas",
  refused: "Recusados",
  engines: "Motores",

  link_connecting: "Conectando…",
  link_live: "Ao vivo",
  link_lost: "Conexão perdida; tentando de novo",
  link_locked: "Bloqueado",

  phones_connected: "O Asterisk está conectado: os moradores podem ser chamados.",
  phones_missing:
    "O acesso à gerência do Asterisk não está definido, por isso os moradores não podem ser chamados. Defina asterisk.username e asterisk.password e reinicie.",
  phones_lost: "O Asterisk não está conectado: os moradores não podem ser chamados.",

  speech_understood: "Visitantes e moradores falam ou usam o teclado.",
  speech_missing: (language) =>
    `Visitantes e moradores usam o teclado: a fala em ${language} não é entendida. Para que seja, configure um reconhecimento de fala para esse idioma ou escolha outro idioma.`,

  problem_asterisk_unreachable: ({ host, port }) =>
    `Ninguém responde em ${host}, porta ${port}. Confira asterisk.host e asterisk.port, e se o manager.conf tem enabled = yes e um bindaddr que se alcance daqui.`,
  problem_not_asterisk: ({ host, port }) =>
    `O que responde em ${host}, porta ${port}, não é a interface de gerência do Asterisk. Confira asterisk.host e asterisk.port.`,
  problem_login_refused: ({ detail }) =>
    `O Asterisk recusou o login (${detail}). asterisk.username e asterisk.password devem ser os de um usuário do manager.conf, cujas linhas permit e deny precisam aceitar esta máquina.`,
  problem_connection_lost: () => "A conexão com o Asterisk caiu. O sistema continua tentando.",
  problem_foreign_network: ({ address, network }) =>
    `${address} não está em nenhuma das redes de audiosocket.allowed_networks. Se for o seu Asterisk, inclua ${network} ali.`,
  problem_unknown_leg: () =>
    "Trouxe à porta dos moradores uma ligação que o sistema não pediu ou já não espera. As chamadas de visitantes vão para audiosocket.visitor_port.",
  problem_microphone_unavailable: ({ detail }) =>
    `O microfone não dá som (${detail}). Verifique microphone.source e microphone.device, e se ele está conectado. O sistema continua tentando.`,
  problem_microphone_silent: () =>
    "O microfone dá silêncio digital: está mudo, ou é preciso escolher outro dispositivo (microphone.device).",
  problem_microphone_not_understood: ({ detail }) => `Não foi possível transcrever o que se disse (${detail}).`,
  microphone: "Microfone",
  microphone_off: "Desligado: ninguém ouve o cômodo.",
  microphone_starting: "Iniciando…",
  microphone_listening: "Está ouvindo.",
  microphone_no_signal: "Não dá sinal.",
  microphone_unavailable: "Não está disponível.",
  microphone_heard: (heard, lost) => `${heard} frases entendidas${lost ? `, ${lost} perdidas` : ""}`,
  switch_on: "Ligar",
  switch_off: "Desligar",
  port_stt: "Reconhecimento de fala",
  port_tts: "Voz",
  port_llm: "Modelo de linguagem",
  none_stt: "Nenhum: os visitantes usam o teclado.",
  none_tts: "Nenhuma.",
  none_llm: "Nenhum: só as regras entendem o que é dito.",
  backend_idle: "ainda não usado",
  backend_warming: "preparando",
  backend_ready: "pronto",
  backend_failed: "fora de uso até voltar a funcionar",
  backend_timeout: "Não respondeu a tempo.",
  backend_unavailable: "Não existe ou está fora de alcance.",
  backend_without_model: "O arquivo do modelo não existe ou não é um modelo.",
  backend_overloaded: "Não aceita mais trabalho agora.",
  backend_rate_limited: "Recebeu pedidos demais.",
  backend_refused: "Não aceita a chave.",
  backend_misused: "Não aceita o pedido; o modelo ou a voz talvez não exista.",
  backend_garbled: "A resposta não faz sentido.",
  serves: (state) => `${state}, o primeiro a ser usado`,
  downloading: (done, total) => `Baixando o modelo: ${done.toFixed(0)} de ${total.toFixed(0)} MB`,

  machine: "Sistema",
  keeps_up: "A máquina dá conta.",
  holds_back: (reasons) => `A máquina está no limite${reasons.length ? ` (${reasons.join(", ")})` : ""}.`,
  machine_silent: "A máquina não informa sua carga.",
  cpu: (share) => `Processador ${share}`,
  memory: (share) => `Memória ${share}`,
  under_voltage: "A fonte de alimentação é fraca demais: a máquina pode parar a qualquer momento.",
  reason_busy: "muitas chamadas e processador ocupado",
  reason_memory: "memória",
  reason_temperature: "calor",
  reason_under_voltage: "fonte de alimentação fraca",
  relief_slower_lead: "As frases começam um pouco mais devagar.",
  relief_no_speculation: "Nada é transcrito antes de seu fim ser certo.",
  relief_smaller_audio_context: "O reconhecimento olha menos som.",
  relief_batch_paused: "As gravações esperam.",
  relief_one_api_slot: "Um pedido é atendido por vez.",
  relief_keypad_calls: "Novas chamadas são feitas pelo teclado.",
  settings_changed: "A configuração foi mudada. Reinicie o app para que ela valha.",
  settings_broken: "A configuração foi mudada e não pode ser usada: o app não iniciaria com ela.",

  step_door: "Visitante",
  step_phone: "Telefone",
  step_answer: "Resposta",
  step_talk: "Conversa",

  stage_greeting: "O sistema pergunta ao visitante quem ele procura.",
  stage_ringing: "O telefone do morador toca.",
  stage_asking: "O sistema pergunta ao morador.",
  stage_talking: "Visitante e morador estão conversando.",
  stage_informing: "O visitante é informado.",
  stage_ended: "A chamada terminou.",

  outcome_granted: "Entrada autorizada",
  outcome_denied: "Entrada negada",
  outcome_no_answer: "Ninguém atendeu",
  outcome_busy: "Ocupado",
  outcome_declined: "Chamada recusada",
  outcome_unreachable: "Telefone fora de alcance",
  outcome_do_not_disturb: "Não incomodar",
  outcome_left_at_desk: "Entrega na portaria",
  outcome_missed: "O visitante foi embora",
  outcome_not_understood: "Não foi possível entender",
  outcome_failed: "A chamada falhou",

  by_voice: "por voz",
  by_keypad: "pelo teclado",
  by_home_assistant: "pelo Home Assistant",
  by_default: "sem resposta clara",

  unit: (unit) => `Unidade ${unit}`,
  unit_unknown: "Ainda não se sabe para quem",
  no_unit: "Sem unidade",
  caller: (caller) => `de ${caller}`,
  lasted: (duration) => `durou ${duration}`,
  tries: (count) => (count === 1 ? "uma vez" : `${count} vezes`),
  port: (port) => `porta ${port}`,
  version: (version) => `Sistema ${version}`,

  locked: "Esta página está bloqueada",
  token_why:
    "Ela foi aberta diretamente, não pelo Home Assistant. Informe o token do sistema para continuar; o registro do aplicativo diz onde encontrá-lo.",
  token: "Token",
  token_wrong: "O sistema não conhece esse token.",
  open: "Abrir",
};

/** The first of the browser's languages that the page speaks, else English. */
export function choose(languages) {
  for (const language of languages) {
    if (language.toLowerCase().startsWith("pt")) return { language: "pt-BR", words: portuguese };
    if (language.toLowerCase().startsWith("en")) break;
  }
  return { language: "en", words: english };
}
