// The words of requests: ordinary ones, and odd ones as smugglers, scanners and broken clients send.

/** Rows of words, separated by "¦", which is in none of them. */
function words(...rows: string[]): string[] {
  return rows.flatMap((row) => row.split("¦"));
}

export const methods: string[] = words("GET¦GET¦POST¦POST¦PUT¦HEAD¦OPTIONS¦DELETE¦PATCH");
export const oddMethods: string[] = words(
  "get¦FOO¦M-SEARCH¦QUERY¦PROPFIND¦TRACE¦CONNECT¦G¦GE T¦PRI¦",
);

export const targets: string[] = words(
  "/¦/a¦/a/b?x=1¦/?¦/a?b?c=%20¦/%41%2Fb¦/caf%C3%A9¦/~x;p=1,2:@!$&'()*+",
);
export const oddTargets: string[] = words(
  '//a//b¦/../a/./b¦/%zz%4¦/%00¦/a%0d%0aX: y¦/caf\xe9¦/a#b¦/a?b#c¦/a\\b¦/"<>^`{|}',
  "*¦¦a¦a:80¦localhost¦http://h/p?q¦HTTP://H:8/p¦http://h¦http://h?q¦http://u@h/p",
  "http://¦http:///p¦http:/p¦ftp://h/p¦https://h/p¦/\x01¦/\x7f¦/a\tb¦/a b¦/[]",
  "//¦///h¦?¦#¦http://h:x/¦http://[::1]/p¦http://h h/",
  `/${"a".repeat(3000)}`,
);

export const oddVersions: string[] = words(
  "HTTP/1.0¦HTTP/1.0¦HTTP/1.0¦HTTP/1.2¦HTTP/0.9¦HTTP/2.0¦HTTP/1.10¦HTTP/01.1¦HTTP/1,1",
  "http/1.1¦HTTP/1.1 ¦ HTTP/1.1¦HTTP/1¦HTTP/1.¦HTTP/ 1.1¦HTTP¦ICE/1.0¦RTSP/1.0¦",
);

export const hosts: string[] = words("localhost¦a.b:80¦127.0.0.1:8000¦[::1]:80");
export const oddHosts: string[] = words("¦a b¦a,b¦a/b¦a@b¦a:x¦a:¦:80¦[::1¦%41¦\xe9¦a?b¦a;b¦*¦a_b");

export const headers: string[] = words(
  "Accept: */*¦User-Agent: fuzz/1.0 (x; y)¦X-Empty:¦X-A: 1¦x-a: 2¦X-A:\t3 \t¦Cookie: a=1¦Cookie: b=2",
  "Content-Type: text/plain¦Connection: keep-alive¦Connection: close¦Accept-Language: de,\ten¦Date: now",
  'X-Latin: \xe4\xff¦Referer: http://a/b?c#d¦Te: trailers¦If-None-Match: "x"¦X-Forwarded-For: ::1',
);
export const oddHeaders: string[] = words(
  "X_A: 4¦Proxy: x¦Content_Length: 3¦Script_Name: /a¦Content-Type: a/b¦CONTENT-TYPE: c/d¦Host: other",
  "X-A : 5¦ X-A: 6¦X A: 7¦X-A¦: 8¦X-\xe9: 9¦X-A: \x01¦X-A: a\x00b¦X-A: \x7f¦X-A: a\rb¦X(A): 1",
  "X-A: folded\r\n on¦X-A: folded\r\n\ton¦X-A:\r\n folded¦X-A: a\nX-B: b¦X-A: a\n b¦X-A: a\r\r\nX-B: b",
  "Expect: 100-continue¦Expect: 100-Continue¦Expect: wonders¦Expect:¦Upgrade: websocket¦Upgrade: h2c",
  "Connection: upgrade¦Connection: x, close¦Connection: CLOSE¦Connection: Keep-Alive, x¦Keep-Alive: 300",
  "Trailer: X-T¦Transfer_Encoding: chunked¦Transfer-Encodin: chunked¦X-A: \x0b¦Range: bytes=0-1",
  'Content-Length\x00: 5¦\x00Host: a¦Transfer-Encoding\x0b: chunked¦"X": y¦X-A:="\\"',
  `X-Long: ${"y".repeat(2000)}`,
);

/** A request inside a body, which must not be run. */
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n";
export const bodies: string[] = words(
  `¦x¦hello¦a=1&b=2¦\r\n\r\n¦0\r\n\r\n¦\x00\xff\r\n¦${smuggled}¦${"y".repeat(5000)}`,
);

/** Before and after the digits of a length. */
export const beforeLength: string[] = words("+¦-¦0x¦00¦0¦ \t¦\x0b¦_");
export const afterLength: string[] = words("_0¦ ¦.0¦e0¦,¦;¦\t¦\x0c¦,5¦, 5");

export const oddCodings: string[] = words(
  "Chunked¦CHUNKED¦ chunked¦\tchunked\t¦chunked,¦,chunked¦identity¦gzip¦¦\x0bchunked¦chunked\xa0",
  "gzip, chunked¦gzip,chunked¦chunked, chunked¦chunked, identity¦identity, chunked¦chunked, gzip",
  'xchunked¦chunkedx¦chunked;q=1¦"chunked"¦chunked\x00¦chun ked¦cow¦cow, chunked',
);

export const extensions: string[] = words(
  ';a¦;a=1¦;a=1;b=2¦;a="q"¦;a="q;\\"r"¦ ;a¦; a¦;a = 1¦;a=¦;¦;;¦;=¦; ¦ ¦\t',
  `;a=\x00¦;a\n¦;a\nb¦;a\rb¦;\xe9¦;a="¦;a="\r¦g¦,¦_0¦.¦ ;${"a".repeat(500)}¦;a b`,
);
export const beforeSize: string[] = words(
  "+¦0x¦-¦00¦ ¦\t¦00000000000000000000¦10000000000000000¦_",
);

export const trailers: string[] = words(
  "X-T: 1\r\n¦X-T: 1\r\nX-U:\r\n¦Content-Length: 5\r\n¦Transfer-Encoding: chunked\r\n¦Host: t\r\n¦X-T: 1\n",
  "X-T : 1\r\n¦ X-T: 1\r\n¦X-T\r\n¦: 1\r\n¦X-T: \x00\r\n¦X-T: 1\r\n folded\r\n¦Authorization: x\r\n",
  "GET /trailer HTTP/1.1\r\n¦Cookie: t=1\r\n¦Content-Type: t/t\r\n¦X_T: 1\r\n¦X-T: a\rb\r\n",
);

/** Bytes that have a meaning to some parser, or to none. */
export const bytes: string[] = words(
  "\r¦\n¦\r\n¦\r\n\r\n¦\n\n¦ ¦\t¦\x00¦\x0b¦\x0c¦\x7f¦\x80¦\xa0¦\xff",
  ':¦;¦,¦=¦/¦?¦#¦%¦"¦\\¦+¦-¦_¦0¦1¦9¦a¦x¦chunked',
);
export const lineEnds: string[] = words("\n¦\r¦¦\r\r\n¦\n\r¦\r\n ¦\r\n\t¦ \r\n¦\r\n\r\n¦\x00\r\n");
export const colons: string[] = words(" :¦\t:¦::¦:\r\n ¦:\x00¦\x00:¦=¦");
