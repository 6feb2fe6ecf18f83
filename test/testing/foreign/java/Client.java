import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.gitlab4j.api.DeployTokensApi;
import org.gitlab4j.api.GitLabApi;
import org.gitlab4j.api.GitLabApiException;
import org.gitlab4j.api.Pager;
import org.gitlab4j.api.models.DeployToken;
import org.gitlab4j.models.Constants.DeployTokenScope;

/**
 * Creates, lists and deletes deploy tokens with gitlab4j and prints what it saw. gitlab4j has no call for one token,
 * and wants an expiry and a username.
 */
public class Client {
  private static DeployTokensApi api;

  interface Call {
    void run() throws GitLabApiException;
  }

  public static void main(String[] args) throws Exception {
    try (GitLabApi gitlab = new GitLabApi(System.getenv("GITLAB_URL"), System.getenv("GITLAB_TOKEN"))) {
      api = gitlab.getDeployTokensApi();
      String project = of("project", "acme/app");
      String group = of("group", "acme");
      System.out.printf(
          "{\"project\":%s,\"group\":%s,\"instance\":%d}%n", project, group, api.getDeployTokens().size());
    }
  }

  private static String of(String kind, String owner) throws GitLabApiException {
    int before = list(kind, owner)[0];
    DeployToken created =
        create(kind, owner, "foreign");
    int[] listed = list(kind, owner);
    int refused = status(() -> create(kind, owner, "a b"));
    remove(kind, owner, created.getId());
    int after = list(kind, owner)[0];
    int again = status(() -> remove(kind, owner, created.getId()));
    List<String> scopes = new ArrayList<>();
    for (DeployTokenScope scope : created.getScopes()) scopes.add("\"" + scope.toValue() + "\"");
    return String.format(
        "{\"Created\":{\"Name\":\"%s\",\"Username\":\"%s\",\"Expires\":\"%s\",\"Scopes\":[%s],\"Value\":%b},"
            + "\"Before\":%d,\"Listed\":%d,\"Pages\":%d,\"Refused\":%d,\"After\":%d,\"Again\":%d}",
        created.getName(),
        created.getUsername(),
        created.getExpiresAt() == null ? "" : created.getExpiresAt().toInstant(),
        String.join(",", scopes),
        created.getToken() != null,
        before,
        listed[0],
        listed[1],
        refused,
        after,
        again);
  }

  private static DeployToken create(String kind, String owner, String username) throws GitLabApiException {
    Date expiry = Date.from(Instant.parse("2031-01-31T00:00:00Z"));
    List<DeployTokenScope> scopes = List.of(DeployTokenScope.READ_REGISTRY, DeployTokenScope.READ_REPOSITORY);
    return kind.equals("project")
        ? api.addProjectDeployToken(owner, "foreign", expiry, username, scopes)
        : api.addGroupDeployToken(owner, "foreign", expiry, username, scopes);
  }

  private static void remove(String kind, String owner, Long id) throws GitLabApiException {
    if (kind.equals("project")) api.deleteProjectDeployToken(owner, id);
    else api.deleteGroupDeployToken(owner, id);
  }

  /** Tokens and pages. */
  private static int[] list(String kind, String owner) throws GitLabApiException {
    Pager<DeployToken> pager =
        kind.equals("project") ? api.getProjectDeployTokens(owner, 10) : api.getGroupDeployTokens(owner, 10);
    int count = 0;
    int pages = 0;
    while (pager.hasNext()) {
      count += pager.next().size();
      pages++;
    }
    return new int[] {count, pages};
  }

  private static int status(Call call) {
    try {
      call.run();
      return 0;
    } catch (GitLabApiException failure) {
      return failure.getHttpStatus();
    }
  }
}
