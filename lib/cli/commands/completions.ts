import { codesOf, loadWords, lookUp, type Words } from "../../words/words.ts";
import type { Context, Table } from "../context.ts";

export async function completions(context: Context, table: Table): Promise<number> {
  const [shell] = context.args.operands;
  const data = dataOf(table, await loadWords(context.language));
  context.output.answer({ bash, zsh, fish, powershell }[shell!]!(data));
  return 0;
}

/**
 * What a script looks up: lines `PLACE:NAME DESCRIPTION`. A place is the command line so far, without
 * its flags: a space before each word, ` *` for one that is no command (` explain *:--json …`). Or it
 * is a flag that needs a value (`--region:cn`; DIR and FILE stand for paths). Where other words fit
 * too, flags wait for a typed `-` (` explain-:--json …`). `*` lists the repeatable flags.
 */
function dataOf({ commands, flags, groups }: Table, words: Words): string {
  const lines = new Set<string>();
  const add = (place: string, name: string, ...keys: string[]) => {
    const text = keys.map((key) => lookUp(words, key)).find(Boolean) ?? "";
    const description = text.replace(/\s+/g, " ").replace(/\{(\w+)\}/g, "<$1>");
    lines.add(`${place}:${name} ${description}`.trimEnd());
  };
  const addFlags = (place: string, names: readonly string[], command = "") =>
    names.forEach((name) => add(place, `--${name}`, `flag.${name}.${command}`, `flag.${name}`));

  addFlags("-", groups.always!);
  for (const [command, { operand, flags }] of Object.entries(commands)) {
    const [first = "", second] = command.split(" ");
    for (const place of ["", " help"]) {
      add(place, first, `help.${first}`);
      if (second) add(`${place} ${first}`, second, `help.${command}`);
    }
    if (second) addFlags(` ${first}-`, groups.always!);
    const names = operand?.choices ?? (operand?.form === "CODE" ? codesOf(words) : []);
    names.forEach((name) => add(` ${command}`, name, `${name}.title`));
    addFlags(` ${command}${names.length > 0 || command === "help" ? "-" : ""}`, flags, command);
    if (operand) addFlags(` ${command} *`, flags, command);
  }
  for (const [name, { value, choices, isRepeatable }] of Object.entries(flags)) {
    if (isRepeatable) add("*", `--${name}`);
    const values = choices ?? [value === "DIR" || value === "FILE" ? value : ""];
    if (value) values.forEach((each) => add(`--${name}`, each));
  }
  return [...lines].join("\n");
}

/** The lookup, in the language that bash and zsh share. */
function posix(data: string, words: string, current: string, glue = ""): string {
  return `  local at= flag= given=' ' line word found=() n=$'\\n'
  local data=$n'${data.replaceAll("'", `'\\''`)}'$n
  for word in ${words}; do
    ${glue}if [[ -n $flag ]]; then flag=
    elif [[ $word == -- ]]; then return
    elif [[ $word == -?* ]]; then
      if [[ $data == *"$n$word:"* ]]; then flag=$word; fi
      if [[ $data != *"$n*:\${word%%=*}$n"* ]]; then given+="\${word%%=*} "; fi
    elif [[ $data == *"$n$at $word:"* ]]; then at="$at $word"; else at="$at *"; fi
  done
  while IFS= read -r line; do
    word=\${line#*:}
    if [[ $given != *" \${word%% *} "* && ( $line == "\${flag:-$at}:"?* ||
      ( -z $flag && $line == "$at-:"* && ${current} == -* ) ) ]]; then found+=("$word"); fi
  done <<< "$data"`;
}

function bash(data: string): string {
  // bash splits words at these characters.
  const glue = "if [[ $word == [=:@]* ]]; then flag=${flag:-:}; el";
  return `_coze_jwt() {
  local current=\${COMP_WORDS[COMP_CWORD]#=}; COMPREPLY=()
${posix(data, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"', "$current", glue)}
  for word in "\${found[@]%% *}"; do
    case $word in DIR) compopt -o dirnames ;; FILE) compopt -o default ;;
      "$current"*) COMPREPLY+=("$word") ;; esac
  done
}
complete -F _coze_jwt coze-jwt`;
}

function zsh(data: string): string {
  return `#compdef coze-jwt
_coze-jwt() {
${posix(data, '"${(@)words[2,CURRENT-1]}"', "$PREFIX")}
  case "\${found[*]}" in DIR) _files -/ ;; FILE) _files ;;
    *) found=("\${found[@]/ /:}"); _describe coze-jwt found ;; esac
}
if [[ $funcstack[1] == _coze-jwt ]]; then _coze-jwt; return; fi
if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit -i; fi
compdef _coze-jwt coze-jwt`;
}

function fish(data: string): string {
  return `function __coze_jwt
    set -l at ''; set -l flag; set -l given; set -l current (commandline -ct)
    set -l data (string split \\n -- '${data.replace(/['\\]/g, "\\$&")}')
    set -l places (string replace -r ':.*' '' -- $data)
    for word in (commandline -opc)[2..]
        set -l name (string replace -r '=.*' '' -- $word)
        if set -q flag[1]; set flag
        else if test "$word" = --; return
        else if string match -qr '^-.' -- $word
            contains -- "$word" $places; and set flag $word
            contains -- "*:$name" $data; or set -a given $name
        else if contains -- "$at $word" $places; set at "$at $word"
        else; set at "$at *"; end
    end
    set -q flag[1]; and set at $flag
    set -l dash (string match -q -- '-*' "$current"; and echo '-?')
    set -l place '^'(string escape --style=regex -- "$at")"$dash:(?=.)"
    for item in (string replace -rf $place '' -- $data)
        switch (string replace -r ' .*' '' -- $item)
            case DIR; __fish_complete_directories $current ''
            case FILE; __fish_complete_path $current
            case $given
            case "$current*"; string replace ' ' \\t -- $item
        end
    end
end
complete -c coze-jwt -f -a '(__coze_jwt)'`;
}

function powershell(data: string): string {
  return `Register-ArgumentCompleter -Native -CommandName coze-jwt -ScriptBlock {
  param($current, $line, $cursor)
  $at = $flag = ''; $given = @()
  $data = '${data.replace(/['‘’‚‛]/g, "$&$&")}' -split '\\r?\\n'
  $places = $data -replace ':.*'
  foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
    $word = $element.Extent.Text; $name = $word -replace '=.*'
    if ($element.Extent.EndOffset -ge $cursor) { break }
    elseif ($flag) { $flag = '' }
    elseif ($word -eq '--') { return '' }
    elseif ($word -like '-?*') {
      if ($word -cin $places) { $flag = $word }
      if ("*:$name" -cnotin $data) { $given += $name }
    } elseif ("$at $word" -cin $places) { $at = "$at $word" } else { $at = "$at *" }
  }
  if ($flag) { $at = $flag }
  $found = foreach ($entry in $data) {
    $place, $item = $entry -split ':', 2; $name = ($item -split ' ')[0]
    if ($place -cne $at -and ($place -cne "$at-" -or $current -notlike '-*')) { continue }
    if ($name -cin 'DIR', 'FILE') {
      [Management.Automation.CompletionCompleters]::CompleteFilename($current) |
        Where-Object { $name -eq 'FILE' -or $_.ResultType -eq 'ProviderContainer' }
    } elseif ($name -and $name.StartsWith($current, 'Ordinal') -and $name -cnotin $given) {
      [Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $item)
    }
  }
  if ($found) { $found } else { '' }
}`;
}
