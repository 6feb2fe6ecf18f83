// Creates, reads, lists and deletes deploy tokens with GitLab's own Go client and prints what it saw.
package main

import (
	"encoding/json"
	"errors"
	"os"

	gitlab "gitlab.com/gitlab-org/api/client-go"
)

type seen struct {
	Name, Username, Expires string
	Scopes                  []string
	Value                   bool
}

type result struct {
	Created, Got                                 seen
	Before, Listed, Pages, Refused, After, Again int
}

func main() {
	client, err := gitlab.NewClient(os.Getenv("GITLAB_TOKEN"), gitlab.WithBaseURL(os.Getenv("GITLAB_URL")))
	check(err)
	tokens := client.DeployTokens
	output := map[string]any{}
	for _, kind := range []string{"project", "group"} {
		owner := map[string]string{"project": "acme/app", "group": "acme"}[kind]
		create := func(scopes []string) (*gitlab.DeployToken, *gitlab.Response, error) {
			name := "foreign"
			if kind == "project" {
				return tokens.CreateProjectDeployToken(owner, &gitlab.CreateProjectDeployTokenOptions{Name: &name, Scopes: &scopes})
			}
			return tokens.CreateGroupDeployToken(owner, &gitlab.CreateGroupDeployTokenOptions{Name: &name, Scopes: &scopes})
		}
		get := func(id int64) (*gitlab.DeployToken, *gitlab.Response, error) {
			if kind == "project" {
				return tokens.GetProjectDeployToken(owner, id)
			}
			return tokens.GetGroupDeployToken(owner, id)
		}
		remove := func(id int64) (*gitlab.Response, error) {
			if kind == "project" {
				return tokens.DeleteProjectDeployToken(owner, id)
			}
			return tokens.DeleteGroupDeployToken(owner, id)
		}
		list := func() (count, pages int) {
			options := gitlab.ListOptions{PerPage: 10, Page: 1}
			for options.Page != 0 {
				var page []*gitlab.DeployToken
				var response *gitlab.Response
				var err error
				if kind == "project" {
					page, response, err = tokens.ListProjectDeployTokens(owner, &gitlab.ListProjectDeployTokensOptions{ListOptions: options})
				} else {
					page, response, err = tokens.ListGroupDeployTokens(owner, &gitlab.ListGroupDeployTokensOptions{ListOptions: options})
				}
				check(err)
				count += len(page)
				pages++
				options.Page = response.NextPage
			}
			return
		}
		var r result
		r.Before, _ = list()
		created, _, err := create([]string{"write_registry", "read_registry"})
		check(err)
		r.Created = describe(created)
		got, _, err := get(created.ID)
		check(err)
		r.Got = describe(got)
		r.Listed, r.Pages = list()
		_, _, err = create([]string{"nonsense"})
		r.Refused = status(err)
		_, err = remove(created.ID)
		check(err)
		r.After, _ = list()
		_, err = remove(created.ID)
		r.Again = status(err)
		output[kind] = r
	}
	all, _, err := tokens.ListAllDeployTokens()
	check(err)
	output["instance"] = len(all)
	check(json.NewEncoder(os.Stdout).Encode(output))
}

func describe(token *gitlab.DeployToken) seen {
	expires := ""
	if token.ExpiresAt != nil {
		expires = token.ExpiresAt.String()
	}
	return seen{token.Name, token.Username, expires, token.Scopes, token.Token != ""}
}

func status(err error) int {
	if errors.Is(err, gitlab.ErrNotFound) {
		return 404
	}
	var response *gitlab.ErrorResponse
	if errors.As(err, &response) {
		return response.Response.StatusCode
	}
	return 0
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
