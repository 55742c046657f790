vcl 4.1;
# For Varnish 7 in front of Bloggy; see caching.md. Bloggy needs:
#   CACHE_PURGE_URL=http://127.0.0.1:6081/purge
#   CACHE_PURGE_HEADER=Authorization: Bearer change-this
#   TRUSTED_PROXIES=127.0.0.1
import std;

backend default {
  .host = "127.0.0.1";
  .port = "8081";
  .first_byte_timeout = 15s;
  # A live stream says something every 15 seconds.
  .between_bytes_timeout = 60s;
  .probe = { .url = "/livez"; .interval = 2s; .timeout = 1s; .window = 3; .threshold = 2; .initial = 2; }
}

# Where Bloggy's processes are.
acl purgers { "127.0.0.1"; "::1"; }

sub vcl_recv {
  if (req.url == "/purge") {
    if (client.ip !~ purgers || req.http.Authorization != "Bearer change-this") { return (synth(403)); }
    if (req.method != "POST" || req.http.Surrogate-Key !~ "^[a-z0-9 -]{1,4000}$") { return (synth(400)); }
    # Only of what the object has: then the ban lurker works these off by itself.
    std.ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " +", "|") + ")(\s|$)");
    if (std.ban_error() != "") { return (synth(500, std.ban_error())); }
    return (synth(200, "Purged"));
  }

  # A stale page is for when Bloggy is away, and not for when it is slow.
  if (std.healthy(req.backend_hint)) { set req.grace = 0s; }

  if (req.method != "GET" && req.method != "HEAD") { return (pass); }
  # Streams, what people write in, and what is for one person.
  if (req.url ~ "^/(admin|account|api|sign-in|preview|metrics|livez|readyz)(/|\?|$)" || req.url ~ "/comments/live") {
    return (pass);
  }
  if (req.url ~ "^/assets/") { unset req.http.Cookie; }
  # Every cookie of Bloggy has the name in its own; those of others mean nothing to it.
  if (req.http.Cookie ~ "bloggy" || req.http.Authorization) { return (pass); }
  unset req.http.Cookie;
  return (hash);
}

sub vcl_backend_response {
  set beresp.do_esi = false;
  if (beresp.http.Set-Cookie || beresp.http.Cache-Control ~ "no-store|private"
      || (beresp.http.Cache-Control ~ "no-cache" && !beresp.http.Surrogate-Control)) {
    # Each goes to Bloggy, without waiting for one another, until it has one that may be kept.
    set beresp.uncacheable = true;
    set beresp.ttl = 5s;
    return (deliver);
  }
  if (beresp.http.Surrogate-Control ~ "max-age=[0-9]+") {
    set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, "^.*max-age=([0-9]+).*$", "\1s"), 0s);
    set beresp.grace = 24h;
    return (deliver);
  }
  # The rest says how long in Cache-Control: files, pictures, redirects.
}

sub vcl_deliver {
  unset resp.http.Surrogate-Key;
  unset resp.http.Surrogate-Control;
  unset resp.http.Cache-Tag;
  unset resp.http.CDN-Cache-Control;
  # Browsers ask again each time, and how long it lay here is nothing to them.
  unset resp.http.Age;
  if (obj.hits > 0) { set resp.http.X-Cache = "hit"; } else { set resp.http.X-Cache = "miss"; }
}
