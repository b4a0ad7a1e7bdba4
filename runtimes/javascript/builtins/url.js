// URL: the URL standard without IDNA (hosts are ASCII) and without its rarest corners.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

  const { escape } = shared;
  const { URLSearchParams } = globalThis;
  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };
  const PATH = /[^!$%&'()*+,\-./0-9:;=@A-Z[\\\]_a-z|~]/gu;
  const QUERY = /[^!$%&()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]/gu;
  const FRAGMENT = /[^!#$%&'()*+,\-./0-9:;=?@A-Z[\\\]^_a-z{|}~]/gu;
  const USER = /[^!$%&'()*+,\-.0-9A-Z_a-z~]/gu;

  const hostOf = (text, special) => {
    if (text.startsWith("[")) {
      if (!/^\[[0-9a-fA-F:.]+\]$/.test(text)) throw new TypeError("Invalid URL: its IPv6 address");
      return text.toLowerCase();
    }
    if (!special) return escape(text, FRAGMENT);
    let host = text;
    try {
      host = decodeURIComponent(text);
    } catch {
      throw new TypeError("Invalid URL: its host");
    }
    if (!/^[!$&'()*+,\-.0-9;=A-Z_a-z~]+$/.test(host)) throw new TypeError("Invalid URL: its host (which must be ASCII)");
    return host.toLowerCase();
  };

  const normalPath = (path, special) => {
    const parts = (special ? path.replaceAll("\\", "/") : path).split("/");
    const out = [];
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      const name = part.replace(/%2e/gi, ".");
      if (name === "..") {
        if (out.length > 1) out.pop();
        if (last) out.push("");
      } else if (name === ".") {
        if (last) out.push("");
      } else out.push(part);
    });
    return escape(out.join("/"), PATH);
  };

  const parseUrl = (input, base) => {
    const text = String(input).replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
    let [, protocol, rest] = /^([a-zA-Z][a-zA-Z0-9+.\-]*:)?(.*)$/s.exec(text);
    protocol = protocol?.toLowerCase();
    const [, before, query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(rest);
    const hash = fragment && fragment.length > 1 ? escape(fragment, FRAGMENT) : "";
    const url = { protocol, username: "", password: "", hostname: null, port: "", pathname: "", search: "", hash };
    const search = (value) => (value && value.length > 1 ? escape(value, QUERY) : "");
    const relative = !protocol || (base && protocol === base.protocol && protocol in PORTS && !/^[\\/]/.test(before));
    if (!protocol && !base) throw new TypeError(`Invalid URL: ${text}`);
    url.protocol = protocol ?? base.protocol;
    const special = url.protocol in PORTS;
    const slashes = special ? before.replaceAll("\\", "/") : before;
    if (relative && base && !slashes.startsWith("//")) {
      if (base.hostname === null && !base.pathname.startsWith("/") && text[0] !== "#") throw new TypeError(`Invalid URL: ${text}`);
      const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
      Object.assign(url, { username: base.username, password: base.password, hostname: base.hostname, port: base.port });
      url.pathname = slashes === "" ? base.pathname : normalPath(slashes.startsWith("/") ? slashes : folder + slashes, special);
      url.search = slashes === "" && query === undefined ? base.search : search(query);
      return url;
    }
    url.search = search(query);
    const authority = /^\/\/([^/]*)(.*)$/s.exec(special && url.protocol !== "file:" ? `//${slashes.replace(/^\/*/, "")}` : slashes);
    if (!authority) {
      if (url.protocol === "file:") url.hostname = "";
      url.pathname = slashes.startsWith("/") || url.protocol === "file:"
        ? normalPath(slashes.startsWith("/") ? slashes : `/${slashes}`, special)
        : escape(slashes, /[^ -~]/gu);
      return url;
    }
    const [, user, , password, host, port] = /^(?:([^:]*)(:(.*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s.exec(authority[1]) ?? [];
    if (host === undefined || Number(port ?? 0) > 65535) throw new TypeError(`Invalid URL: ${text}`);
    if (special && host === "" && url.protocol !== "file:") throw new TypeError(`Invalid URL: ${text} has no host`);
    url.username = escape(user ?? "", USER);
    url.password = escape(password ?? "", USER);
    url.hostname = host === "" ? "" : hostOf(host, special);
    url.port = port ? String(Number(port)) : "";
    if (url.port === PORTS[url.protocol]) url.port = "";
    url.pathname = normalPath(authority[2] || (special ? "/" : ""), special);
    return url;
  };
  class URL {
    #url;
    #params;
    constructor(input, base) {
      this.#url = parseUrl(input, base === undefined ? undefined : parseUrl(base));
    }
    static canParse(input, base) {
      return URL.parse(input, base) !== null;
    }
    static parse(input, base) {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    #change(part, value) {
      const parts = { ...this.#url, ...{ [part]: value } };
      this.#url = parseUrl(URL.#write(parts));
      this.#params = undefined;
    }
    static #write(url) {
      const { protocol, username, password, hostname, port, pathname, search, hash } = url;
      const user = username || password ? `${username}${password ? `:${password}` : ""}@` : "";
      const authority = hostname === null ? "" : `//${user}${hostname}${port ? `:${port}` : ""}`;
      return `${protocol}${authority}${pathname}${search}${hash}`;
    }
    get href() {
      return URL.#write(this.#url);
    }
    set href(value) {
      this.#url = parseUrl(value);
      this.#params = undefined;
    }
    get origin() {
      const { protocol } = this.#url;
      return protocol in PORTS && protocol !== "file:" ? `${protocol}//${this.host}` : "null";
    }
    get host() {
      const { hostname, port } = this.#url;
      return `${hostname ?? ""}${port ? `:${port}` : ""}`;
    }
    set host(value) {
      const [, hostname, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(String(value)) ?? [];
      if (hostname) this.#url = parseUrl(URL.#write({ ...this.#url, hostname, port: port ?? this.#url.port }));
    }
    get searchParams() {
      this.#params ??= new URLSearchParams(this.#url.search, (text) => {
        this.#url.search = text && `?${text}`;
      });
      return this.#params;
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
    static {
      for (const part of ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"]) {
        Object.defineProperty(URL.prototype, part, {
          configurable: true,
          enumerable: true,
          get() {
            return this.#url[part] ?? "";
          },
          set(value) {
            let text = String(value);
            if (part === "protocol") text = text.replace(/:?$/, ":");
            if (part === "search" || part === "hash") text = text && (part === "hash" ? "#" : "?") + text.replace(/^[?#]/, "");
            this.#change(part, text);
          },
        });
      }
    }
  }

  return { URL };
})
