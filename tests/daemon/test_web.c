/* test_web.c - digests, the files of a web root, and the policy that goes with them. */
#include "scratch.h"

#include "digest.h"
#include "web.h"

static void digests_are_those_of_the_standard(void **state) {
  (void)state;
  static const struct {
    const char *text, *hex;
  } vectors[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  uint8_t digest[DIGEST_BYTES];
  char text[DIGEST_HEX_BYTES];
  for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
    digest_sha256(vectors[i].text, strlen(vectors[i].text), digest);
    digest_hex(digest, text);
    assert_string_equal(text, vectors[i].hex);
  }
  static char million[1000000];
  memset(million, 'a', sizeof(million));
  digest_sha256(million, sizeof(million), digest);
  digest_hex(digest, text);
  assert_string_equal(
      text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  digest_sha256("abc", 3, digest);
  digest_base64(digest, text);
  assert_string_equal(text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

static struct web *load(const char *directory) {
  char message[256] = "";
  struct web *web = web_load(directory, message, sizeof(message));
  if (!web) {
    fail_msg("%s", message);
  }
  return web;
}

static void files_are_found_by_their_exact_path_only(void **state) {
  scratch_write(*state, "index.html", "page");
  scratch_write(*state, "app.js", "code");
  scratch_write(*state, ".secret", "no");
  mkdir(scratch_path(*state, "views"), 0700);
  scratch_write(*state, "views/a.css", "style");
  struct web *web = load(*state);
  assert_false(web->is_builtin);
  assert_string_equal(web_find(web, "/")->plain.data, "page");
  assert_string_equal(web_find(web, "/app.js")->type, "text/javascript; charset=utf-8");
  assert_string_equal(web_find(web, "/views/a.css")->plain.data, "style");
  static const char *const bad[] = {"",        "/.secret",      "/../etc/passwd",
                                    "/views",  "/views/",       "/views/../app.js",
                                    "app.js",  "/app.js/",      "//app.js",
                                    "/APP.JS", "/views//a.css", "/%2e%2e/x"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_null(web_find(web, bad[i]));
  }
  web_free(web);
}

static void compressed_twin_has_another_tag_and_no_address(void **state) {
  scratch_write(*state, "index.html", "page");
  scratch_write(*state, "app.js", "code");
  scratch_write(*state, "app.js.gz", "packed");
  scratch_write(*state, "alone.gz", "alone");
  struct web *web = load(*state);
  const struct web_file *file = web_find(web, "/app.js");
  assert_non_null(file);
  assert_string_equal(file->gzip.data, "packed");
  assert_string_not_equal(file->gzip.etag, file->plain.etag);
  assert_int_equal(file->plain.etag[0], '"');
  assert_null(web_find(web, "/app.js.gz"));
  assert_non_null(web_find(web, "/alone.gz"));
  assert_null(web_find(web, "/index.html")->gzip.data);
  web_free(web);
}

static void policy_names_the_hash_of_the_import_map(void **state) {
  scratch_write(*state, "index.html",
                "<!doctype html><script type=\"importmap\">abc</script><p>");
  struct web *web = load(*state);
  assert_non_null(strstr(
      web->policy,
      "script-src 'self' 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';"));
  assert_non_null(strstr(web->policy, "default-src 'none'"));
  assert_non_null(strstr(web->policy, "frame-ancestors 'none'"));
  assert_null(strstr(web->policy, "unsafe"));
  web_free(web);
}

static void missing_dashboard_is_a_page_that_says_so(void **state) {
  struct web *web = load(*state);
  assert_true(web->is_builtin);
  assert_non_null(strstr(web_find(web, "/")->plain.data, "dashboard is missing"));
  assert_null(strstr(web_find(web, "/")->plain.data, "<script"));
  assert_null(strstr(web->policy, "sha256"));
  web_free(web);
  web = load(NULL);
  assert_true(web->is_builtin);
  web_free(web);
}

static void link_out_of_the_root_to_a_directory_is_not_followed(void **state) {
  char message[256] = "";
  scratch_write(*state, "index.html", "page");
  assert_int_equal(symlink("/etc", scratch_path(*state, "etc")), 0);
  struct web *web = web_load(*state, message, sizeof(message));
  if (web) {
    assert_null(web_find(web, "/etc/passwd"));
  }
  web_free(web);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digests_are_those_of_the_standard),
      scratch_test(files_are_found_by_their_exact_path_only),
      scratch_test(compressed_twin_has_another_tag_and_no_address),
      scratch_test(policy_names_the_hash_of_the_import_map),
      scratch_test(missing_dashboard_is_a_page_that_says_so),
      scratch_test(link_out_of_the_root_to_a_directory_is_not_followed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
